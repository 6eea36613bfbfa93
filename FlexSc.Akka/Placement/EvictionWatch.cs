using Akka.Actor;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.Placement;

/// <summary>Writes down in the course who is evicted: the loops do that by themselves, and applications. On the actor that places.</summary>
internal sealed class EvictionWatch(LoopGroup group, PlacementCourse course)
{
    private readonly HashSet<string> _evicted = new(StringComparer.Ordinal);

    /// <summary>
    /// Found away by a look, before it was said. What is said may come when they are back or have ended, and is no news then. Of those who were
    /// away before anybody listened nothing will be said: when they leave again, a look finds that out. No more than may be evicted.
    /// </summary>
    private readonly HashSet<string> _found = new(StringComparer.Ordinal);

    /// <summary>It was said that one has left.</summary>
    public void OnEvicted(TimeSpan now, ActorEvicted actor)
    {
        if (!_found.Remove(actor.Path) && _evicted.Add(actor.Path))
        {
            Tell(now, TextOf(actor));
        }
    }

    /// <summary>It was said that one has come back.</summary>
    public void OnReturned(TimeSpan now, ActorReturned actor)
    {
        if (_evicted.Remove(actor.Path))
        {
            Tell(now, $"{actor.Path} runs on loop {actor.Loop} again");
        }
    }

    /// <summary>Compares with those who are away: some were so before anybody listened, and who ends says nothing.</summary>
    public void Compare(TimeSpan now)
    {
        if (_evicted.Count == 0 && group.Evictions.IsEmpty)
        {
            return;
        }

        IReadOnlyList<ActorEvicted> away = FlexEviction.Evicted(group.System);
        string[] gone = [.. _evicted.Except(away.Select(static actor => actor.Path))];
        ActorEvicted[] unknown = [.. away.Where(actor => !_evicted.Contains(actor.Path))];
        if (gone.Length + unknown.Length > 0)
        {
            _evicted.ExceptWith(gone);
            _evicted.UnionWith(unknown.Select(static actor => actor.Path));
            _found.UnionWith(unknown.Select(static actor => actor.Path));
            Tell(now, string.Join("; ", [.. gone.Select(static path => $"{path} is not evicted any more"), .. unknown.Select(TextOf)]));
        }
    }

    /// <summary>Why an actor cannot be evicted that was not.</summary>
    public string RefusalFor(IActorRef actor) => LoopAssignments.TryFind(actor) switch
    {
        null => "it is no local actor that lives on a FlexSC loop, it has not begun yet, or it has ended",
        var (mailbox, _) when group.Evictions.TryGet(mailbox, out _) => "it is evicted already",
        _ => $"it has ended, or flexsc.eviction.most = {group.Evictions.Settings.Most} actors are evicted already",
    };

    private static string TextOf(ActorEvicted actor) => $"{actor.Path} leaves loop {actor.Loop} for the thread pool: " + actor.Reason switch
    {
        EvictionReason.Stall => "its handler held the loop up (flexsc.loops.stall-warning-ms)",
        EvictionReason.SlowRuns => "its runs were slow again and again (flexsc.eviction.slow-runs)",
        _ => "the application asked for it",
    };

    /// <remarks>Without a line in the log: who evicts has written one.</remarks>
    private void Tell(TimeSpan now, string reason)
    {
        PlacementDecision decision = course.OnEvicted(now, _evicted, reason);
        group.System.EventStream.Publish(new PlacementChanged(decision.Before, decision.After, decision.Reason));
    }
}
