using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Akka.Dispatch;
using Akka.Event;
using FlexSc.Interop.Loop;

namespace FlexSc.Akka.Loops;

/// <summary>
/// The actors that do not run on their loop, because they held it up: from its next message on each runs on the thread pool, until it
/// was quick for a while. A mailbox runs in one place at a time wherever it is scheduled, so nothing has to be handed over, and messages
/// stay in its queue in their order. From any thread.
/// </summary>
internal sealed class Evictions(LoopGroup group, EvictionSettings settings)
{
    private readonly ConcurrentDictionary<Mailbox, EvictedMailbox> _evicted = new();

    /// <summary>For so long what an actor did counts against others of its class: a class that has been quick since is as any other.</summary>
    private static readonly TimeSpan KindsRemembered = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Classes of actors that were evicted because they held up their loop, and when that was last; of weak keys, since a class may be unloaded.
    /// </summary>
    private readonly ConditionalWeakTable<Type, object> _kinds = [];
    private volatile bool _hasKinds;

    /// <summary>For a look without a lock; kept beside the table, whose own count locks all of it.</summary>
    private int _count;
    private int _toldFull;

    public EvictionSettings Settings => settings;

    /// <summary>Room in the thread pool for those whose handlers wait. Where a simulation has no threads there is none.</summary>
    public WaitingThreads Waiting { get; } = new(LoopEnvironment.Ambient.IsStepped ? 0 : settings.WaitingThreads);

    public bool IsEmpty => Volatile.Read(ref _count) == 0;

    /// <summary>Those who are away, in no particular order.</summary>
    public IEnumerable<EvictedMailbox> All => _evicted.Values;

    /// <summary>What is to run on the thread pool in place of a mailbox, when its actor is evicted.</summary>
    public bool TryGet(Mailbox mailbox, [NotNullWhen(true)] out EvictedMailbox? evicted)
    {
        evicted = null;
        return !IsEmpty && _evicted.TryGetValue(mailbox, out evicted);
    }

    /// <summary>Whether an actor of the same class was evicted lately because it held up its loop. From any thread.</summary>
    public bool HasEvictedKindOf(Mailbox mailbox) =>
        _hasKinds && MailboxOwner.KindOf(mailbox) is { } kind && _kinds.TryGetValue(kind, out object? at)
            && group.Clock.GetElapsedTime((long)at) < KindsRemembered;

    /// <summary>Has the actor of a mailbox run on the thread pool from its next run on; see <see cref="Mark"/> for one that is under way.</summary>
    /// <param name="mailbox">Of an actor that lives on the loop.</param>
    /// <param name="loop">Where it runs now.</param>
    /// <param name="reason">Told to people.</param>
    /// <returns>False when it is evicted already, has ended, or as many as may be are.</returns>
    public bool TryEvict(Mailbox mailbox, ActorLoop loop, EvictionReason reason)
    {
        // One that has ended has the mailbox of dead letters, which has no dispatcher.
        if (MailboxOwner.HasEnded(mailbox))
        {
            return false;
        }

        if (reason != EvictionReason.Request && mailbox.Dispatcher is IEvictingDispatcher { MayEvict: false })
        {
            return false;
        }

        if (Interlocked.Increment(ref _count) > settings.Most)
        {
            Interlocked.Decrement(ref _count);
            TellFull(mailbox, loop, reason);
            return false;
        }

        EvictedMailbox evicted = new(this, mailbox, loop, reason);
        if (!_evicted.TryAdd(mailbox, evicted))
        {
            Interlocked.Decrement(ref _count);
            return false;
        }

        Mark(mailbox, isEvicted: true);

        // Whoever ends runs once more and is taken out after that run; not so one that ended before it was added.
        if (MailboxOwner.HasEnded(mailbox))
        {
            Remove(evicted);
            return false;
        }

        if (reason != EvictionReason.Request && MailboxOwner.KindOf(mailbox) is { } kind)
        {
            _kinds.AddOrUpdate(kind, group.Clock.GetTimestamp());
            _hasKinds = true;
        }

        Tell(evicted);
        return true;
    }

    /// <summary>Has the actor run on its loop again from its next run on.</summary>
    /// <returns>False when it is not evicted.</returns>
    public bool TryReturn(EvictedMailbox evicted)
    {
        if (!Remove(evicted))
        {
            return false;
        }

        string path = MailboxOwner.NameOf(evicted.Mailbox);
        int loop = HomeOf(evicted).Index;
        group.Log.Info("{0} runs on loop {1} again", path, loop);
        FlexScEvents.Log.ActorReturned(group.System.Name, path, loop);
        group.System.EventStream.Publish(new ActorReturned(path, loop));
        return true;
    }

    /// <summary>Where an actor runs once it is back: it may have come to live on another loop than the one it left.</summary>
    private ActorLoop HomeOf(EvictedMailbox evicted) =>
        evicted.Mailbox.MessageQueue is LoopMessageQueue queue ? queue.Loop ?? evicted.Loop
        : group.Followers.TryGetLoop(evicted.Mailbox, out ActorLoop? followed) ? followed
        : evicted.Loop;

    /// <summary>Forgets an actor that has ended.</summary>
    public void Forget(EvictedMailbox evicted) => Remove(evicted);

    private bool Remove(EvictedMailbox evicted)
    {
        if (!_evicted.TryRemove(KeyValuePair.Create(evicted.Mailbox, evicted)))
        {
            return false;
        }

        Interlocked.Decrement(ref _count);
        Volatile.Write(ref _toldFull, 0);
        evicted.OnRemoved();
        Mark(evicted.Mailbox, isEvicted: false);
        return true;
    }

    /// <summary>So that a run which is under way on the loop ends behind its message.</summary>
    private static void Mark(Mailbox mailbox, bool isEvicted)
    {
        if (mailbox.MessageQueue is LoopMessageQueue queue)
        {
            queue.IsEvicted = isEvicted;
        }
        else if (isEvicted && mailbox.Dispatcher is IEvictingDispatcher dispatcher)
        {
            // For all mailboxes of that loop, which is harmless: they schedule themselves again. The loop takes it back after the run.
            dispatcher.EndsRuns = true;
        }
    }

    /// <summary>Once, until there is room again.</summary>
    private void TellFull(Mailbox mailbox, ActorLoop loop, EvictionReason reason)
    {
        if (Interlocked.Exchange(ref _toldFull, 1) == 0)
        {
            group.Log.Warning(
                "{0} stays on loop {1}, {2}, and so do others: as many actors are evicted as may be (flexsc.eviction.most = {3})",
                MailboxOwner.NameOf(mailbox), loop.Index,
                reason == EvictionReason.Request ? "which the application asked to leave it" : "which it holds up", settings.Most);
        }
    }

    private void Tell(EvictedMailbox evicted)
    {
        string path = MailboxOwner.NameOf(evicted.Mailbox);
        string cause = evicted.Reason switch
        {
            EvictionReason.Stall => "its handler held the loop up for too long (flexsc.loops.stall-warning-ms)",
            EvictionReason.SlowRuns =>
                $"handlers of its class held the loop up by computing or waiting too often within {settings.WindowMs} ms (flexsc.eviction.slow-runs, waiting-run-ms)",
            _ => "the application asked for it",
        };
        string end = evicted.Reason == EvictionReason.Request
            ? "until the application has it return"
            : settings.CleanPeriodMs == 0 ? "from now on" : $"until it has been quick for {settings.CleanPeriodMs} ms";
        group.Log.Warning("{0} leaves loop {1} for the thread pool, {2}: {3}", path, evicted.Loop.Index, end, cause);
        FlexScEvents.Log.ActorEvicted(group.System.Name, path, evicted.Loop.Index, cause);
        group.System.EventStream.Publish(new ActorEvicted(path, evicted.Loop.Index, evicted.Reason));
    }
}

/// <summary>A dispatcher whose actors may leave their loop. Actors of another one may be evicted, when a run that is under way has ended.</summary>
internal interface IEvictingDispatcher
{
    /// <summary>False where actors depend on running on their loop.</summary>
    bool MayEvict { get; }

    /// <summary>
    /// Has an actor live on another loop than where it does because that one has time, unless it follows a connection or was moved by name.
    /// </summary>
    /// <param name="mailbox">Its mailbox, which is about to run.</param>
    /// <param name="from">Where it is about to run, on whose thread this is called.</param>
    /// <param name="target">The other loop, of the same group.</param>
    /// <returns>False when it stays.</returns>
    bool TryShare(Mailbox mailbox, ActorLoop from, ActorLoop target);

    /// <summary>Whether runs of its mailboxes end behind the message that they are at. From any thread.</summary>
    bool EndsRuns { get; set; }
}
