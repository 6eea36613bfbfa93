using System.Diagnostics;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Loop;

/// <summary>
/// The calls that a loop has in flight: an entry of its page set each, the operation that the entry belongs to, and who may have the
/// entries when there are few left. On the loop's thread.
/// </summary>
internal sealed class CallsInFlight(SyscallPageSet pages, TimeProvider clock)
{
    private readonly SyscallOperation?[] _operations = new SyscallOperation?[pages.EntryCount];
    private readonly CallDurations _durations = new(pages);
    private int _reservedInUse;

    /// <summary>Those whose completions somebody waits for.</summary>
    private int _prompt;

    /// <summary>The tokens of the entries, which the backend needs, too.</summary>
    public EntryTokens Tokens { get; } = new(pages.EntryCount);

    /// <summary>How long some of them took.</summary>
    public CallSamples Samples { get; } = new(pages, clock);

    /// <summary>Calls submitted so far. From any thread, then possibly a little old.</summary>
    public long Submissions { get; private set; }

    /// <summary>How many there are.</summary>
    public int Count => pages.UsedEntries;

    /// <summary>Entries set aside.</summary>
    public int Reserved { get; private set; }

    /// <summary>Entries that are free and set aside.</summary>
    public int UnusedReserved => Math.Max(0, Reserved - _reservedInUse);

    /// <summary>Entries that are free and for anybody.</summary>
    public int FreeForAll => Free - UnusedReserved;

    /// <summary>Whether every call allows its completions to come a little later, together with others.</summary>
    public bool MayAwaitBatch => _prompt == 0;

    private int Free => pages.EntryCount - pages.UsedEntries;

    /// <summary>Sets entries aside.</summary>
    /// <returns>False when so many are not free.</returns>
    public bool TryReserve(int count)
    {
        if (FreeForAll < count)
        {
            return false;
        }

        Reserved += count;
        return true;
    }

    /// <summary>Entries are not set aside any more.</summary>
    public void Release(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Reserved);
        Reserved -= count;
    }

    /// <summary>Gives the operation an entry, to be filled in and handed to <see cref="Publish"/>.</summary>
    /// <returns>False when there is none for it.</returns>
    public bool TryBegin(SyscallOperation operation, out uint index)
    {
        Debug.Assert(!operation.IsPending, "the operation has a call in flight");
        int keptForOthers = operation.UsesReservedEntry && _reservedInUse < Reserved ? 0 : UnusedReserved;
        if (Free <= keptForOthers || !pages.TryAllocate(out index))
        {
            index = 0;
            return false;
        }

        Debug.Assert(_operations[index] is null, "entry bound twice");
        _operations[index] = operation;
        operation.Token = Tokens.Renew(index);
        operation.IsCountedPrompt = !operation.MayAwaitBatch;
        _prompt += operation.IsCountedPrompt ? 1 : 0;
        operation.IsCountedReserved = operation.UsesReservedEntry;
        _reservedInUse += operation.IsCountedReserved ? 1 : 0;
        return true;
    }

    /// <summary>Hands a filled entry to the backend.</summary>
    public void Publish(uint index)
    {
        _durations.OnPublished(index);
        Samples.OnPublished(index);
        pages.Publish(index);
        Submissions++;
    }

    /// <summary>The operation of a token, or null when that use of the entry is over.</summary>
    public SyscallOperation? Find(ulong token)
    {
        uint index = EntryTokens.IndexOf(token);
        return index < (uint)_operations.Length && _operations[index] is { } operation && operation.Token == token ? operation : null;
    }

    /// <summary>The operation has no call in flight any more; its entry is free.</summary>
    public void End(SyscallOperation operation)
    {
        uint index = EntryTokens.IndexOf(operation.Token);
        _operations[index] = null;
        _durations.OnEnded(index);
        Samples.OnEnded(index);
        pages.Free(index);
        operation.Token = 0;
        _prompt -= operation.IsCountedPrompt ? 1 : 0;
        _reservedInUse -= operation.IsCountedReserved ? 1 : 0;
    }

    /// <summary>
    /// Takes the operations from calls that reach nothing any more. Each may be used again; the entries stay with whoever executes
    /// them.
    /// </summary>
    public IReadOnlyList<SyscallOperation> Abandon()
    {
        SyscallOperation[] abandoned = [.. _operations.OfType<SyscallOperation>()];
        foreach (SyscallOperation operation in abandoned)
        {
            operation.Token = 0;
        }

        return abandoned;
    }
}
