namespace FlexSc.Interop.Loop;

/// <content>How the loop ends.</content>
public sealed partial class SyscallLoop
{
    private bool _hadStoppingTurn;
    private bool _takesNoCalls;

    /// <summary>
    /// Asks the loop to end, as <see cref="Dispose"/> does, and does not wait for it: <see cref="Ended"/> tells. One whose work does not come
    /// back ends when that does. Again does nothing. From any thread.
    /// </summary>
    public void RequestStop()
    {
        // Not by posted work: a full queue would refuse it, and the loop would never end.
        _stopping = true;
        _inbox.WakeIfAsleep();
    }

    private void EndUnstarted(Exception exception)
    {
        _stopping = true;
        _inbox.Close();
        _backend?.Dispose();
        Buffers?.Free();
        _pages?.Dispose();
        _started.SetException(exception);
        _ended.SetResult();
    }

    private void End()
    {
        _takesNoCalls = true;
        _backend.Dispose();
        EndTimers();
        _callbacks.CallHost(static (host, loop) => host.OnEnded(loop));
        GiveBackWork();
        Buffers.Free();
        _pages.Dispose();
        _ended.SetResult();
    }

    /// <summary>
    /// The backend has failed. Calls may be in flight, and the kernel may write to what they point to, so the pages and the buffers
    /// stay mapped for good.
    /// </summary>
    private void EndFailed(Exception exception)
    {
        _stopping = true;
        _takesNoCalls = true;
        _failure = exception;
        _inbox.Close();
        try
        {
            _backend.Dispose();
        }
        catch (Exception second)
        {
            _failure = new AggregateException(exception, second);
        }

        // First those who wait for a call, who may close what they have opened; then the host closes what is left.
        AbandonCalls(new LoopFailedException(Name, _failure));
        EndTimers();
        _callbacks.CallHost(static (host, loop) => host.OnFailed(loop, loop._failure!));
        GiveBackWork();
        _ended.SetException(_failure);
    }

    private void AbandonCalls(LoopFailedException failure)
    {
        foreach (SyscallOperation operation in _calls.Abandon())
        {
            _callbacks.Begin(operation);
            try
            {
                operation.OnAbandoned(failure);
            }
            catch (Exception exception)
            {
                _callbacks.OnFailed(operation, exception);
            }
        }

        _callbacks.End();
        while (_closings.TryDequeue(out (AwaitableOperation Operation, long Descriptor) closing))
        {
            CloseLater(closing.Operation, closing.Descriptor);
        }
    }

    private void EndTimers()
    {
        while (_timers.Count > 0)
        {
            LoopTimer timer = _timers.Take();
            try
            {
                timer.OnNotDue(this);
            }
            catch (Exception exception)
            {
                _callbacks.OnFailed(timer, exception);
            }
        }
    }
}
