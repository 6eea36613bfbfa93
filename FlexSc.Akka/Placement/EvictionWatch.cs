using Akka.Actor;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.Placement;

/// <summary>Has actors evicted, and writes down in the course who is: loops do that by themselves, too. On the actor that places.</summary>
internal sealed class EvictionWatch(LoopGroup group, PlacementCourse course)
{
    /// <summary>Most that are named in a line.</summary>
    private const int MostNamed = 16;

    private readonly HashSet<string> _evicted = new(StringComparer.Ordinal);

    /// <summary>It was said that these have come back, to which loop.</summary>
    private readonly Dictionary<string, int> _returned = new(StringComparer.Ordinal);

    /// <summary>It was said that one has come back; told with the next comparison.</summary>
    public void OnReturned(ActorReturned actor) => _returned[actor.Path] = actor.Loop;

    /// <summary>
    /// Compares with those who are away, and tells what has changed. What is said of it is heard later, in part when it is not so any more;
    /// and who ends says nothing.
    /// </summary>
    public void Compare(TimeSpan now)
    {
        if (_evicted.Count == 0 && group.Evictions.IsEmpty)
        {
            _returned.Clear();
            return;
        }

        IReadOnlyList<ActorEvicted> away = FlexEviction.Evicted(group.System);
        string[] gone = [.. _evicted.Except(away.Select(static actor => actor.Path))];
        ActorEvicted[] unknown = [.. away.Where(actor => !_evicted.Contains(actor.Path))];
        string[] texts = [.. gone.Select(TextOf), .. unknown.Select(TextOf)];
        _returned.Clear();
        if (texts.Length > 0)
        {
            _evicted.ExceptWith(gone);
            _evicted.UnionWith(unknown.Select(static actor => actor.Path));
            string more = texts.Length > MostNamed ? $"; and {texts.Length - MostNamed} more" : "";
            Tell(now, string.Join("; ", texts.Take(MostNamed)) + more);
        }
    }

    /// <summary>Has an actor run on the thread pool.</summary>
    /// <returns>Why it does not; null when it does.</returns>
    public string? Evict(IActorRef? actor) => actor is not null && FlexEviction.Evict(actor) ? null : RefusalFor(actor);

    /// <summary>Has an actor run on its loop again.</summary>
    /// <returns>Why it does not; null when it does.</returns>
    public static string? Return(IActorRef? actor) =>
        actor is not null && FlexEviction.Return(actor) ? null : "it is not evicted: GetPlacement lists who is";

    private string RefusalFor(IActorRef? actor) => (actor is null ? null : LoopAssignments.TryFind(actor)) switch
    {
        null => "it is no local actor that lives on a FlexSC loop, it has not begun yet, or it has ended",
        var (mailbox, _) when group.Evictions.TryGet(mailbox, out _) => "it is evicted already",
        var (mailbox, _) when MailboxOwner.HasEnded(mailbox) => "it has ended",
        _ => $"as many actors are evicted as may be (flexsc.eviction.most = {group.Evictions.Settings.Most}): raise it, or have one return",
    };

    private string TextOf(string gone) =>
        _returned.TryGetValue(gone, out int loop) ? $"{gone} runs on loop {loop} again" : $"{gone} is not evicted any more";

    private static string TextOf(ActorEvicted actor) => $"{actor.Path} leaves loop {actor.Loop} for the thread pool: " + actor.Reason switch
    {
        EvictionReason.Stall => "its handler held the loop up (flexsc.loops.stall-warning-ms)",
        EvictionReason.SlowRuns => "runs of its class were slow again and again (flexsc.eviction.slow-runs)",
        _ => "the application asked for it",
    };

    /// <remarks>Without a line in the log: who evicts has written one.</remarks>
    private void Tell(TimeSpan now, string reason)
    {
        PlacementDecision decision = course.OnEvicted(now, _evicted, reason);
        group.System.EventStream.Publish(new PlacementChanged(decision.Before, decision.After, decision.Reason));
    }
}
