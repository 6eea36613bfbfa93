namespace FlexSc.Interop.Loop;

/// <content>What the loop calls: none of it may end the loop.</content>
public sealed partial class SyscallLoop
{
    private long _callbackFailures;

    /// <summary>The first failure that no host took notice of.</summary>
    private Exception? _unreported;

    /// <summary>Exceptions that came out of what the loop called: work, timers, operations, waiters, its host. From any thread.</summary>
    public long CallbackFailures => Interlocked.Read(ref _callbackFailures);

    private void OnCallbackFailed(object callback, Exception exception)
    {
        Interlocked.Increment(ref _callbackFailures);
        bool reported = false;
        try
        {
            reported = _host is not null && _host.OnCallbackFailed(this, callback, exception);
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

    private void CallHost(Action<ILoopHost, SyscallLoop> call)
    {
        if (_host is not { } host)
        {
            return;
        }

        _running = host;
        try
        {
            call(host, this);
        }
        catch (Exception exception)
        {
            OnCallbackFailed(host, exception);
        }

        _running = null;
    }
}
