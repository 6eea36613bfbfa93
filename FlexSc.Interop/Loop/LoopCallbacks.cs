namespace FlexSc.Interop.Loop;

/// <summary>What a loop calls, of which nothing may end the loop: which of it runs now, and what came out of it. On the loop's thread.</summary>
internal sealed class LoopCallbacks(SyscallLoop loop, ILoopHost? host)
{
    private object? _running;
    private long _failures;

    /// <summary>The first failure that no host took notice of.</summary>
    private Exception? _unreported;

    /// <summary>What runs now; null between two. From any thread.</summary>
    public object? Running => Volatile.Read(ref _running);

    /// <summary>Exceptions that came out of what the loop called. From any thread.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>It runs from now on.</summary>
    public void Begin(object callback) => _running = callback;

    /// <summary>Nothing runs any more.</summary>
    public void End() => _running = null;

    /// <summary>An exception came out of a callback. From any thread, for what is left behind as the loop ends.</summary>
    public void OnFailed(object callback, Exception exception)
    {
        Interlocked.Increment(ref _failures);
        bool reported = false;
        try
        {
            reported = host is not null && host.OnCallbackFailed(loop, callback, exception);
        }
        catch (Exception second)
        {
            exception = new AggregateException(exception, second);
        }

        if (!reported)
        {
            Interlocked.CompareExchange(ref _unreported, exception, null);
        }
    }

    /// <summary>Calls the host, if there is one.</summary>
    public void CallHost(Action<ILoopHost, SyscallLoop> call)
    {
        if (host is null)
        {
            return;
        }

        Begin(host);
        try
        {
            call(host, loop);
        }
        catch (Exception exception)
        {
            OnFailed(host, exception);
        }

        End();
    }

    /// <exception cref="InvalidOperationException">There was a failure that no host took notice of. From any thread, once the loop has ended.</exception>
    public void ThrowUnreported()
    {
        if (_unreported is not null)
        {
            throw new InvalidOperationException(
                $"{Failures} exceptions came out of what the loop called, and no host took notice of them; the inner exception is the first",
                _unreported);
        }
    }
}
