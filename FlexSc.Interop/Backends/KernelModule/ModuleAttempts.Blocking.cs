using FlexSc.Interop.Backends.Readiness;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends.KernelModule;

/// <content>
/// Calls that may wait for something else than readiness, and the end of what the module has. It has a thread wait in each such
/// call, so they are bounded: those that wait for ever must not take the last thread.
/// </content>
internal sealed partial class ModuleAttempts
{
    /// <summary>Calls that end by themselves.</summary>
    private readonly Admission _working;

    /// <summary>Calls that may wait for ever.</summary>
    private readonly Admission _waiting;

    /// <summary>Entries beyond those of the loop, for cancellations that nobody waits for.</summary>
    private readonly Stack<int> _freeOwn;

    /// <summary>Uses of entries that are to be cancelled once an entry of ours is free.</summary>
    private readonly Queue<ulong> _toCancel = new();

    public long Block(int index, in SyscallEntry call) => Begin(_working, index, call);

    public long BlockForOthers(int index, in SyscallEntry call) => Begin(_waiting, index, call);

    /// <summary>The module has a call not wait for readiness, or interrupts it where it may be interrupted.</summary>
    public long Cancel(int index, int cancellation)
    {
        if (_working.TryTakeBack(index) || _waiting.TryTakeBack(index))
        {
            return 0;
        }

        if (cancellation < 0)
        {
            _toCancel.Enqueue(_module.TokenOf(index));
            return -Errno.Already;
        }

        PublishCancellation(cancellation, _module.TokenOf(index));
        return IAttempts.Pending;
    }

    private long Begin(Admission admission, int index, in SyscallEntry call)
    {
        if (admission.TryEnter(index, call))
        {
            _module.Publish(index, call);
        }

        return IAttempts.Pending;
    }

    private void EndBlocking(int index)
    {
        if (_working.TryLeave(index, out (int Index, SyscallEntry Call) next) || _waiting.TryLeave(index, out next))
        {
            _module.Publish(next.Index, next.Call);
        }
    }

    private void SendCancellations()
    {
        // One whose call has come back meanwhile is not found by the module, or names a use of the entry that is over.
        while (_toCancel.Count > 0 && _freeOwn.TryPop(out int own))
        {
            PublishCancellation(own, _toCancel.Dequeue());
        }
    }

    private void PublishCancellation(int carrier, ulong target)
    {
        _promptPublished++;
        SyscallEntry request = new() { Number = FlexScAbi.NumberCancel, ArgumentCount = 1, Argument0 = (long)target };
        _module.Publish(carrier, request);
    }

    /// <summary>Calls that keep a thread each, and those that wait for their turn.</summary>
    private sealed class Admission(int limit)
    {
        private readonly LinkedList<(int Index, SyscallEntry Call)> _queued = new();
        private readonly HashSet<int> _entered = [];

        /// <summary>True when a call may have a thread now; else it is queued.</summary>
        public bool TryEnter(int index, in SyscallEntry call)
        {
            if (_entered.Count < limit)
            {
                return _entered.Add(index);
            }

            _queued.AddLast((index, call));
            return false;
        }

        /// <summary>A call has ended. True when another one has its turn.</summary>
        public bool TryLeave(int index, out (int Index, SyscallEntry Call) next)
        {
            next = default;
            if (_entered.Count == 0 || !_entered.Remove(index) || _queued.First is not { } first)
            {
                return false;
            }

            next = first.Value;
            _queued.RemoveFirst();
            return _entered.Add(next.Index);
        }

        /// <summary>Takes back a call that waits for its turn.</summary>
        public bool TryTakeBack(int index)
        {
            for (LinkedListNode<(int Index, SyscallEntry Call)>? node = _queued.First; node is not null; node = node.Next)
            {
                if (node.Value.Index == index)
                {
                    _queued.Remove(node);
                    return true;
                }
            }

            return false;
        }
    }
}
