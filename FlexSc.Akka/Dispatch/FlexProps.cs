using Akka.Actor;

namespace FlexSc.Akka.Dispatch;

/// <summary>Where an actor is to live, in its <see cref="Props"/>.</summary>
public static class FlexProps
{
    /// <summary>
    /// Has an actor live on one of FlexSC's loops (<c>flexsc.dispatcher</c>), as is best for one that handles connections; it must not
    /// block there. Where FlexSC does not run (<c>flexsc.enabled</c>) it runs on the thread pool. The dispatcher is known as soon as the
    /// configuration names anything of FlexSC.
    /// </summary>
    public static Props WithFlexDispatcher(this Props props)
    {
        ArgumentNullException.ThrowIfNull(props);
        return props.WithDispatcher(FlexScDefaults.DispatcherId);
    }
}
