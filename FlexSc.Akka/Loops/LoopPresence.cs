namespace FlexSc.Akka.Loops;

/// <summary>
/// Whether a loop is there to be waited for: it is missing while it is given up, and for good once it has ended. From any thread.
/// </summary>
internal sealed class LoopPresence
{
    private readonly Lock _gate = new();
    private volatile TaskCompletionSource<LoopGivenUp?> _missing = New();
    private bool _hasEnded;

    /// <summary>
    /// Completes when the loop is given up, with what holds it up, or has ended, with null. Whoever waits for the loop waits for this, too; once
    /// the loop is back there is another one.
    /// </summary>
    public Task<LoopGivenUp?> Missing => _missing.Task;

    /// <summary>The loop is given up.</summary>
    public void OnGivenUp(LoopGivenUp givenUp) => _missing.TrySetResult(givenUp);

    /// <summary>It goes on.</summary>
    public void OnBack()
    {
        lock (_gate)
        {
            if (!_hasEnded)
            {
                _missing = New();
            }
        }
    }

    /// <summary>It takes nothing any more.</summary>
    public void OnEnded()
    {
        lock (_gate)
        {
            _hasEnded = true;
            _missing.TrySetResult(null);
        }
    }

    private static TaskCompletionSource<LoopGivenUp?> New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>A loop is not waited for any longer, for the time is over. The text says which one, and what holds it up.</summary>
internal sealed class LoopLateException(string reason) : InvalidOperationException(reason);
