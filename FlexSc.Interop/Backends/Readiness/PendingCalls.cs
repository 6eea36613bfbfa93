using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends.Readiness;

/// <summary>
/// The calls of a page set by entry index, from the submission that they are taken from to their terminal completion; chained into
/// queues without allocation. On the loop's thread.
/// </summary>
/// <param name="pages">Where they are submitted.</param>
/// <param name="entries">The tokens of the entries in use.</param>
/// <param name="buffers">Takes back a buffer that a call held and did not fill.</param>
/// <param name="completions">Where they complete.</param>
internal sealed unsafe class PendingCalls(SyscallPageSet pages, EntryTokens entries, ProvidedBuffers buffers, CompletionQueue completions)
{
    private readonly PendingCall[] _calls = new PendingCall[pages.EntryCount];

    public int Count => _calls.Length;

    public ref PendingCall this[int index] => ref _calls[index];

    public ulong TokenOf(int index) => entries.TokenOf((uint)index);

    /// <summary>The entry of a token. False when that use of it is over and another has begun.</summary>
    public bool TryFind(ulong token, out int index)
    {
        uint entry = EntryTokens.IndexOf(token);
        index = (int)entry;
        return entry < (uint)_calls.Length && entries.TokenOf(entry) == token;
    }

    /// <summary>Takes the next submission. Those that cannot be made as their flags ask complete with -EINVAL and are passed over.</summary>
    public bool TryTake(out int index)
    {
        while (pages.TryTakeSubmission(out uint submitted))
        {
            index = (int)submitted;
            ref PendingCall call = ref _calls[index];
            Begin(ref call, ref pages[submitted]);
            if (call.Entry.Flags == EntryFlags.None || SupportsFlags(call))
            {
                return true;
            }

            Complete(index, -Errno.Invalid);
        }

        index = -1;
        return false;
    }

    /// <summary>Completes a call that is in no queue.</summary>
    public void Complete(int index, long result)
    {
        ref PendingCall call = ref _calls[index];
        CompletionFlags flags = CompletionFlags.None;
        ushort bufferId = 0;
        if (call.BufferId >= 0)
        {
            if (result > 0)
            {
                flags = CompletionFlags.Buffer;
                bufferId = (ushort)call.BufferId;
            }
            else
            {
                buffers.PutBack((ushort)call.BufferId);
            }

            call.BufferId = -1;
        }

        if (call.Message != null)
        {
            MessageCopy.Free(call.Message);
            call.Message = null;
        }

        call.Phase = CallPhase.None;
        completions.Add(new Completion(entries.TokenOf((uint)index), result, flags, bufferId));
    }

    /// <summary>Adds a completion of a multishot call, which is not its last one.</summary>
    public void CompleteMultishot(int index, long result)
    {
        ref PendingCall call = ref _calls[index];
        CompletionFlags flags = CompletionFlags.More;
        ushort bufferId = 0;
        if (call.BufferId >= 0)
        {
            flags |= CompletionFlags.Buffer;
            bufferId = (ushort)call.BufferId;
            call.BufferId = -1;
        }

        completions.Add(new Completion(entries.TokenOf((uint)index), result, flags, bufferId));
    }

    public void Enqueue(ref CallQueue queue, int index)
    {
        ref PendingCall call = ref _calls[index];
        call.Next = -1;
        call.Previous = queue.Tail;
        if (queue.Tail < 0)
        {
            queue.Head = index;
        }
        else
        {
            _calls[queue.Tail].Next = index;
        }

        queue.Tail = index;
    }

    public void Remove(ref CallQueue queue, int index)
    {
        ref PendingCall call = ref _calls[index];
        if (call.Previous < 0)
        {
            queue.Head = call.Next;
        }
        else
        {
            _calls[call.Previous].Next = call.Next;
        }

        if (call.Next < 0)
        {
            queue.Tail = call.Previous;
        }
        else
        {
            _calls[call.Next].Previous = call.Previous;
        }
    }

    /// <summary>The calls that wait on a descriptor.</summary>
    public WaitingCalls On(Descriptor descriptor) => new(this, descriptor, CallDirection.Read);

    /// <summary>The waits for the readiness of a descriptor itself.</summary>
    public WaitingCalls ReadinessWaitsOn(Descriptor descriptor) => new(this, descriptor, CallDirection.Either);

    private static void Begin(ref PendingCall call, ref SyscallEntry source)
    {
        // The entry is copied before it is looked at: what is checked is what is executed.
        source.Status = (uint)EntryStatus.Busy;
        call.Entry = source;
        call.BufferId = -1;
        call.DoneBytes = 0;
        call.CancelRequested = false;
        call.HasEndedTarget = false;
        call.IsOpenTried = false;
        call.HeldDescriptor = -1;
        call.CancelledBy = -1;
        call.Direction = SyscallTable.Of(call.Entry.Number).Direction;
    }

    private static bool SupportsFlags(in PendingCall call) =>
        EntryRules.SupportsFlags(call.Entry) && !(call.IsMultishot && ReadinessCalls.WantsAll(call.Entry));
}
