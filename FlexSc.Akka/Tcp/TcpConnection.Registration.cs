using Akka.Actor;
using Akka.Event;
using FlexSc.Akka.Dispatch;

namespace FlexSc.Akka.IO;

/// <content>Who handles the connection, and how long it waits for that.</content>
internal sealed partial class TcpConnection
{
    private ConnectionTimer? _registerTimer;

    public void StopRegisterTimer()
    {
        if (_registerTimer is { } timer)
        {
            _registerTimer = null;
            Loop.StopTimer(timer);
        }
    }

    private void Register(IActorRef handler, bool keepOpenOnPeerClosed, bool pooled, bool useResumeWriting = false)
    {
        if (Phase != ConnectionPhase.AwaitingRegistration)
        {
            if (Handler is null)
            {
                Owner.Log.Warning("{0} had ended when {1} registered", this, handler);
            }
            else
            {
                Owner.Log.Warning("{0} is registered already with {1}; {2} is ignored", this, Handler, handler);
            }

            return;
        }

        StopRegisterTimer();
        Handler = handler;
        Close.KeepOpenOnPeerClosed = keepOpenOnPeerClosed;
        Phase = ConnectionPhase.Open;
        Sender.UseResumeWriting(useResumeWriting);
        DeathWatch.WatchHandler(handler);

        // From here on the handler works for this connection, so it works where the connection's I/O is.
        LoopAssignments.Follow(handler, _actorLoop);
        Receiver.Begin(handler, pooled);
        Sender.Start();
    }

    private void StartRegisterTimer()
    {
        if (Settings.Stock.RegisterTimeout is { } timeout)
        {
            _registerTimer = new ConnectionTimer(this, () => Close.OnRegisterTimeout());
            Loop.StartTimer(_registerTimer, (long)timeout.TotalMilliseconds);
        }
    }
}
