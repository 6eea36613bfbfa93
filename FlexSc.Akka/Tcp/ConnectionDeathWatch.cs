using Akka.Actor;
using Akka.Dispatch.SysMsg;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.IO;

/// <summary>Who watches a connection, and that it watches its handler. On the loop's thread unless said otherwise.</summary>
internal sealed class ConnectionDeathWatch(TcpConnection connection)
{
    private Watchers _watchers;
    private IInternalActorRef? _watched;

    public void Handle(ISystemMessage message)
    {
        if (message is DeathWatchNotification notification)
        {
            connection.OnWatchedTerminated(notification.Actor);
        }
        else
        {
            _watchers.Handle(message);
        }
    }

    public void WatchHandler(IActorRef handler)
    {
        bool mayStop = connection.Settings.Keeps(TcpCompat.OutliveHandler) && handler.Equals(connection.Close.Commander);
        if (handler is IInternalActorRef watched && !mayStop)
        {
            _watched = watched;
            watched.SendSystemMessage(new Watch(watched, connection));
        }
    }

    public void UnwatchHandler()
    {
        if (_watched is { } watched)
        {
            _watched = null;
            watched.SendSystemMessage(new Unwatch(watched, connection));
        }
    }

    /// <summary>The handler has ended: it is not watched any more.</summary>
    public void OnHandlerTerminated() => _watched = null;

    /// <summary>Tells all watchers that the connection is over.</summary>
    public void TellTerminated() => _watchers.TellTerminated(connection);

    /// <summary>Tells one who watches too late. From any thread.</summary>
    public void TellTerminated(IActorRef watcher) => Watchers.TellTerminated(connection, watcher);
}
