using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends.IoUring;

/// <content>Calls that io_uring does not make, and opens that have to wait: the loop makes them, or a companion thread.</content>
internal sealed unsafe partial class IoUringBackend
{
    private readonly OpenCalls _opens;

    /// <summary>By entry, the opens that may wait for the other side of a FIFO.</summary>
    private readonly Dictionary<uint, Opening> _opening = [];

    private long ExecuteOwn(SyscallEntry entry)
    {
        _ownCalls++;
        return CallExecution.Execute(entry);
    }

    /// <returns>0, or the negative errno that the call completes with because no thread is to be had.</returns>
    private long StartOnCompanion(uint index, in SyscallEntry entry, bool waitsForOthers)
    {
        _ownCalls++;
        long answer = _companions.Execute(index, entry, waitsForOthers);
        _onCompanion[index] = answer == 0;
        return answer;
    }

    private void NoteOpening(uint index, ref SyscallEntry entry)
    {
        if (OpenCalls.MayWait(entry))
        {
            // Where the kernel tries without waiting by itself, it takes O_NONBLOCK away again by itself, too.
            SyscallEntry asked = entry;
            bool isTried = SyscallTable.Of(entry.Number).Opcode is not null && OpenCalls.IsTriedByKernel(entry);
            bool isSet = !isTried && _opens.TryMakeNonBlocking((int)index, ref entry);
            _opening[index] = new Opening(asked, isSet, IsWaiting: false, Held: -1);
        }
    }

    /// <summary>True when an open that was tried goes on, on a thread that waits for the other side.</summary>
    private bool GoesOnOpening(uint index, ref long result)
    {
        if (!_opening.Remove(index, out Opening opening))
        {
            return false;
        }

        if (opening.IsWaiting)
        {
            _opens.Release(opening.Held);
            return false;
        }

        if (!_opens.HasToWait(opening.Asked, result, opening.IsSet, out int held))
        {
            return false;
        }

        _pages[index].Status = (uint)EntryStatus.Busy;
        long answer = StartOnCompanion(index, opening.Asked, waitsForOthers: true);
        if (answer < 0)
        {
            _opens.Release(held);
            result = answer;
            return false;
        }

        _opening[index] = opening with { IsWaiting = true, Held = held };
        return true;
    }

    private bool IsOnCompanion(ulong token)
    {
        uint index = EntryTokens.IndexOf(token);
        return index < (uint)_onCompanion.Length && _onCompanion[index] && _entries.TokenOf(index) == token;
    }

    private bool CancelOnCompanion(uint index)
    {
        if (!_onCompanion[index] || !_companions.TryCancel(index))
        {
            return false;
        }

        _onCompanion[index] = false;
        Complete(index, -Errno.Canceled);
        return true;
    }

    /// <summary>The completion ring has one producer at a time: the loop's thread or one companion.</summary>
    private void Complete(uint index, long result)
    {
        lock (_completionGate)
        {
            _pages.Complete(index, result);
        }
    }

    private void CompleteFromCompanion(uint index, long result)
    {
        Complete(index, result);
        Wake();
    }

    /// <param name="Asked">The call as it was asked for.</param>
    /// <param name="IsSet">O_NONBLOCK was added to the one that was made.</param>
    /// <param name="IsWaiting">It was tried, and waits on a thread.</param>
    /// <param name="Held">Descriptor to be closed when it ends; -1 for none.</param>
    private readonly record struct Opening(SyscallEntry Asked, bool IsSet, bool IsWaiting, int Held);
}
