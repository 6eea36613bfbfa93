using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends.Readiness;

/// <summary>
/// The one readiness machine: has calls attempted that never wait inside the call, parks those that would wait until their
/// descriptor is ready, and keeps the order of the calls on each descriptor. Who makes the attempts is told by
/// <see cref="IAttempts"/>. Calls that can wait for a disk, and those it knows nothing about, are begun apart from them.
/// </summary>
internal sealed partial class ReadinessBackend : ISyscallBackend, IAttemptOutcomes
{
    private readonly IAttempts _attempts;
    private readonly ProvidedBuffers _buffers;
    private readonly PendingCalls _calls;
    private readonly DescriptorTable _descriptors;
    private readonly DescriptorOwners _owners;
    private readonly DescriptorCalls _descriptorCalls;
    private readonly OpenCalls _opens;
    private readonly CompletionQueue _completions;

    /// <summary>Null when the attempts pick buffers themselves.</summary>
    private readonly FreeBuffers? _freeBuffers;

    /// <summary>Descriptors to be served.</summary>
    private readonly Queue<Descriptor> _listed = new();

    /// <summary>Descriptors whose calls find no buffer until attempts under way give theirs back.</summary>
    private readonly Queue<Descriptor> _starved = new();
    private int _buffersInAttempts;
    private bool _disposed;

    /// <param name="pages">Where calls are submitted.</param>
    /// <param name="entries">The tokens of its entries.</param>
    /// <param name="buffers">Buffers that calls may ask for.</param>
    /// <param name="multishotLimit">Completions that are not terminal and may wait to be collected.</param>
    /// <param name="attempts">Who makes the calls; disposed with this.</param>
    public ReadinessBackend(SyscallPageSet pages, EntryTokens entries, ProvidedBuffers buffers, int multishotLimit, IAttempts attempts)
    {
        _attempts = attempts;
        _buffers = buffers;
        _completions = new CompletionQueue(pages.EntryCount, multishotLimit);
        _calls = new PendingCalls(pages, entries, buffers, _completions);
        _descriptorCalls = new DescriptorCalls(attempts);
        _opens = new OpenCalls(pages.EntryCount, call => attempts.Execute(call));
        _descriptors = new DescriptorTable(startReadable: attempts.HandsOver, _descriptorCalls.FindOpen);
        _owners = new DescriptorOwners(_descriptors, _calls, state => CancelAllOn(state, except: -1));
        _freeBuffers = attempts.HandsOver ? null : new FreeBuffers(buffers);
    }

    public string Name => _attempts.Name;

    public long Traps => _attempts.Traps;

    public void Flush(bool wait, bool mayBatch, long timeoutNanoseconds)
    {
        while (_calls.TryTake(out int index))
        {
            Issue(index);
        }

        _attempts.Collect(this);
        ListStarved();
        bool mayWait = wait && _completions.IsEmpty && _listed.Count == 0;
        _attempts.Look(new AttemptLook(mayWait, wait, mayBatch, timeoutNanoseconds), this);
        ListStarved();
        ServeListed();
    }

    public bool HasCompletions => !_completions.IsEmpty || _attempts.HasResults;

    public bool TryTakeCompletion(out Completion completion) => _completions.TryTake(out completion);

    public void Wake() => _attempts.Wake();

    public bool MayBeServed => _attempts.MayBeServed;

    public int? ServedBy => _attempts.ServedBy;

    public void ServeBy(int? cpu, int sharedRing) => _attempts.ServeBy(cpu);

    public SyscallCoreUse? ReadCoreUse() => _attempts.ReadCoreUse();

    public TimeSpan ReadTimeBeside() => _attempts.ReadTimeBeside();

    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _attempts.Dispose();
            _opens.Dispose();
        }
    }

    public bool HasRoom => _completions.HasRoom;

    public void OnReady(int fileDescriptor, uint generation, uint events)
    {
        Descriptor? state = _descriptors.Find(fileDescriptor);
        if (state is not null && state.Generation == generation && state.IsRegistered)
        {
            state.Note(events);
            if (state.HasWork)
            {
                List(state);
            }
        }
    }

    public void Finish(int index, long result, int pickedBuffer = -1)
    {
        ref PendingCall call = ref _calls[index];
        if (pickedBuffer >= 0 && result > 0)
        {
            HoldBuffer(ref call, (ushort)pickedBuffer);
        }

        if (call.Phase == CallPhase.Attempting && call.Direction != CallDirection.None)
        {
            FinishReadinessCall(index, result);
        }
        else
        {
            FinishOtherCall(index, result);
        }
    }

    private void List(Descriptor state)
    {
        if (!state.IsListed)
        {
            state.IsListed = true;
            _listed.Enqueue(state);
        }
    }

    private void ServeListed()
    {
        // Bounded by what is listed now: a descriptor that is listed again has its next turn in the next turn.
        for (int left = _listed.Count; left > 0; left--)
        {
            Descriptor state = _listed.Dequeue();
            state.IsListed = false;
            Serve(state, CallDirection.Read);
            Serve(state, CallDirection.Write);
            ServeReadiness(state);
        }
    }

    /// <summary>Has descriptors served again that found no buffer, once one is free or no attempt can give one back.</summary>
    private void ListStarved()
    {
        if (_starved.Count > 0 && (_buffersInAttempts == 0 || !_freeBuffers!.IsEmpty))
        {
            while (_starved.TryDequeue(out Descriptor? state))
            {
                List(state);
            }
        }
    }
}
