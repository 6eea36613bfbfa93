using System.Threading.Tasks.Sources;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Loop;

/// <summary>A call that is awaited; pooled by its loop, so that awaiting allocates nothing once the pool is warm.</summary>
internal sealed class AwaitableOperation(Stack<AwaitableOperation> pool) : SyscallOperation, IValueTaskSource<long>
{
    // Continuations run on the loop's thread, after the turn's completions were collected; that is where the caller awaited.
    private ManualResetValueTaskSourceCore<long> _source;

    public ValueTask<long> Task => new(this, _source.Version);

    public long GetResult(short token)
    {
        try
        {
            return _source.GetResult(token);
        }
        finally
        {
            _source.Reset();
            UsesReservedEntry = false;

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

    protected internal override void OnCompleted(SyscallLoop loop, in Completion completion) => _source.SetResult(completion.Result);

    /// <summary>Completes without a call in flight.</summary>
    public void Complete(long result) => _source.SetResult(result);

    internal override void OnAbandoned(LoopFailedException failure) => _source.SetException(failure);
}
