using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends.Simulated;

/// <summary>
/// A simulated executor whose cancellations do not reach every call at once, as io_uring's do not reach a send while a thread of its own
/// takes it over: they answer -EALREADY or -ENOENT, and the call goes on.
/// </summary>
/// <param name="inner">Executes everything else.</param>
/// <param name="pages">The loop's page set.</param>
/// <param name="tokens">The tokens of its entries.</param>
/// <param name="kernel">Whose chance decides, by <see cref="SimulationProfile.UnreachedPerMillion"/>.</param>
internal sealed class UnreachingCancellations(ISyscallBackend inner, SyscallPageSet pages, EntryTokens tokens, SimulatedKernel kernel) : ISyscallBackend
{
    private readonly List<uint> _taken = [];
    private readonly Queue<Completion> _unreached = new();

    public string Name => inner.Name;

    public long Traps => inner.Traps;

    public bool HasCompletions => _unreached.Count > 0 || inner.HasCompletions;

    public void Flush(bool wait, bool mayBatch, long timeoutNanoseconds)
    {
        while (pages.TryTakeSubmission(out uint index))
        {
            _taken.Add(index);
        }

        foreach (uint index in _taken)
        {
            if (pages[index].Number == FlexScAbi.NumberCancel && Chance())
            {
                int error = kernel.Random.Below(2) == 0 ? Errno.Already : Errno.NoEntry;
                pages[index].Status = (uint)EntryStatus.Busy;
                _unreached.Enqueue(new Completion(tokens.TokenOf(index), -error, CompletionFlags.None));
            }
            else
            {
                pages.Publish(index);
            }
        }

        _taken.Clear();
        inner.Flush(wait && _unreached.Count == 0, mayBatch, timeoutNanoseconds);
    }

    public bool TryTakeCompletion(out Completion completion) => _unreached.TryDequeue(out completion) || inner.TryTakeCompletion(out completion);

    public void CancelAll()
    {
        if (!Chance())
        {
            inner.CancelAll();
        }
    }

    public void Disown(int fileDescriptor) => inner.Disown(fileDescriptor);

    public long ExecuteNow(in SyscallEntry call) => inner.ExecuteNow(call);

    public void Wake() => inner.Wake();

    public void Dispose() => inner.Dispose();

    private bool Chance()
    {
        lock (kernel.Gate)
        {
            return kernel.Random.Chance(kernel.Profile.UnreachedPerMillion);
        }
    }
}
