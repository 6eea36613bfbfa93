using Akka.Actor;
using Akka.Dispatch.SysMsg;

namespace FlexSc.Akka.Loops;

/// <summary>An object of a loop that can be watched.</summary>
internal interface IWatched : IActorRef
{
    /// <summary>A watcher refused to be told of the end. From any thread.</summary>
    void LogRefusal(IActorRef watcher, Exception exception);
}

/// <summary>Who watches an object of a loop. On the loop's thread unless said otherwise.</summary>
internal struct Watchers
{
    private HashSet<IActorRef>? _all;

    /// <summary>Acts on a Watch or an Unwatch.</summary>
    public void Handle(ISystemMessage message)
    {
        if (message is Watch watch)
        {
            (_all ??= []).Add(watch.Watcher);
        }
        else if (message is Unwatch unwatch)
        {
            _all?.Remove(unwatch.Watcher);
        }
    }

    /// <summary>Tells all, once, that it is over.</summary>
    public void TellTerminated(IWatched watched)
    {
        foreach (IActorRef watcher in _all ?? [])
        {
            TellTerminated(watched, watcher);
        }

        _all = null;
    }

    /// <summary>Tells one who watches too late. From any thread.</summary>
    public static void TellTerminated(IWatched watched, IActorRef watcher)
    {
        try
        {
            ((IInternalActorRef)watcher).SendSystemMessage(new DeathWatchNotification(watched, existenceConfirmed: true, addressTerminated: false));
        }
        catch (Exception exception)
        {
            watched.LogRefusal(watcher, exception);
        }
    }
}
