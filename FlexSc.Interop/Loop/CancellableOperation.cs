using System.Diagnostics;
using System.Threading.Tasks.Sources;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Loop;

/// <summary>
/// An awaited call that a token may cancel; pooled by its loop. The awaiter goes on only after the call's own terminal
/// completion, cancelled or not, so that memory which it keeps rooted stays rooted as long as the kernel may use it.
/// </summary>
internal sealed class CancellableOperation(SyscallLoop loop, Stack<CancellableOperation> pool) : SyscallOperation, IValueTaskSource<long>
{
    private static readonly Action<object?> Requested = static state => ((CancellableOperation)state!).RequestCancellation();

    private ManualResetValueTaskSourceCore<long> _source;
    private CancellationToken _cancellationToken;
    private CancellationTokenRegistration _registration;

    public ValueTask<long> Task => new(this, _source.Version);

    /// <summary>Lets the token cancel the call in flight. On the loop's thread, so that the call cannot complete meanwhile.</summary>
    public void Watch(CancellationToken cancellationToken)
    {
        Debug.Assert(IsPending, "nothing to cancel");
        _cancellationToken = cancellationToken;
        _registration = cancellationToken.UnsafeRegister(Requested, this);
    }

    public long GetResult(short token)
    {
        try
        {
            return _source.GetResult(token);
        }
        finally
        {
            _source.Reset();

            // The awaiter may read its result on another thread when it awaited under a scheduler of its own.
            lock (pool)
            {
                pool.Push(this);
            }
        }
    }

    public ValueTaskSourceStatus GetStatus(short token) => _source.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    protected internal override void OnCompleted(SyscallLoop loop, in Completion completion)
    {
        // Waits for a request that runs on another thread at this moment, which takes no longer than to enqueue it; after that no
        // request of this use of the object can come any more.
        _registration.Dispose();
        CancellationToken cancellationToken = _cancellationToken;
        _registration = default;
        _cancellationToken = default;

        // A call that a worker of the kernel executes is interrupted: -EINTR instead of -ECANCELED (io_uring_prep_cancel(3)).
        if (completion.Result is -Errno.Canceled or -Errno.Interrupted && cancellationToken.IsCancellationRequested)
        {
            _source.SetException(new OperationCanceledException(cancellationToken));
        }
        else
        {
            _source.SetResult(completion.Result);
        }
    }

    internal override void OnAbandoned(LoopFailedException failure)
    {
        _registration.Dispose();
        _registration = default;
        _cancellationToken = default;
        _source.SetException(failure);
    }

    /// <summary>From any thread. The token names this use of the entry, so that a request which comes late hits no other call.</summary>
    private void RequestCancellation()
    {
        ulong target = Token;
        if (target != 0)
        {
            loop.RequestCancellation(target);
        }
    }
}
