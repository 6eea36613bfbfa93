namespace FlexSc.Akka.IO;

/// <summary>
/// The accepted connections of a system that are open, from their accept to the close of their socket: how many, and when there are none.
/// From any thread.
/// </summary>
internal sealed class AcceptedConnections
{
    /// <summary>The longest that a task of .NET waits for, and so what a longer time is.</summary>
    private static readonly TimeSpan MostTime = TimeSpan.FromMilliseconds(int.MaxValue);

    private readonly List<TaskCompletionSource> _waiting = [];
    private int _open;
    private volatile bool _endsNewOnes;

    /// <summary>How many are open.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>One that its handler is told of from now on is to be ended: its time was over before it came.</summary>
    public bool EndsNewOnes => _endsNewOnes;

    public void EndNewOnes() => _endsNewOnes = true;

    public void OnOpened() => Interlocked.Increment(ref _open);

    public void OnClosed()
    {
        if (Interlocked.Decrement(ref _open) > 0)
        {
            return;
        }

        lock (_waiting)
        {
            _waiting.ForEach(static none => none.TrySetResult());
        }
    }

    /// <summary>Waits until none is open.</summary>
    /// <returns>False when some still are at the end of the time.</returns>
    public async Task<bool> WhenNoneAsync(TimeSpan timeLimit, TimeProvider clock)
    {
        // Not on the loop that closed the last one.
        TaskCompletionSource none = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_waiting)
        {
            if (Open == 0)
            {
                return true;
            }

            _waiting.Add(none);
        }

        try
        {
            await none.Task.WaitAsync(timeLimit < MostTime ? timeLimit : MostTime, clock).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
        finally
        {
            lock (_waiting)
            {
                _waiting.Remove(none);
            }
        }
    }
}
