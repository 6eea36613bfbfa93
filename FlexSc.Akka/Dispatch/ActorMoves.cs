using Akka.Actor;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.Dispatch;

/// <summary>Actors that come to live on another loop, each with the connections that it handles. From any thread.</summary>
internal static class ActorMoves
{
    /// <summary>A loop comes to it, its connections come to rest, and the other loop comes to them: each of these may take as long as one move.</summary>
    private const int MovesOfOne = 3;

    /// <summary>How long an actor is waited for that has not begun: its guardian comes to it in microseconds, unless something holds that up.</summary>
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Has an actor live on another loop. Its connections go first, wherever they are; where one stays, so does the actor, and those that
    /// have moved are served where they are. A loop that is held up is not waited for without end, and moves nothing later that it has not begun.
    /// An actor that has not begun is waited for.
    /// </summary>
    public static async Task<ActorMove> MoveAsync(LoopGroup group, IActorRef actor, ActorLoop target)
    {
        if (!await HasBegunAsync(group, actor).ConfigureAwait(false))
        {
            return new ActorMove(actor, null, target.Index, 0, $"it has not begun within {StartLimit.TotalSeconds:F0} s");
        }

        if (LoopAssignments.TryLoopOf(actor, group) is not { } from)
        {
            return new ActorMove(actor, null, target.Index, 0, "it is no local actor of a FlexSC dispatcher, or it has ended");
        }

        HashSet<IActorRef> handlers = [actor];
        int moved = 0;
        string? refusal = null;
        foreach (ActorLoop loop in group.StartedLoops)
        {
            // One that is held up for good is not waited for: its connections are what it has to come back for.
            if (loop == target || loop.Loop.Ended.IsCompleted || loop.IsGivenUp || loop.Io.MoveLimit is not { } limit)
            {
                continue;
            }

            try
            {
                AskBounds bounds = new(MovesOfOne * limit, $"{MovesOfOne} times flexsc.tcp.move-limit-ms") { Needed = target };
                string?[] answers = await loop.AskAsync(
                    () => Task.WhenAll(loop.Io.Move(handlers, target).Select(static asked => asked.Answer)), bounds).ConfigureAwait(false);
                moved += answers.Count(static answer => answer is null);
                refusal ??= answers.FirstOrDefault(static answer => answer is not null) is { } stays
                    ? $"one of its connections stays where it is: {stays}"
                    : null;
            }
            catch (InvalidOperationException missing)
            {
                // Whoever asked is answered; what the loops have begun they do when they are back.
                refusal = missing.Message;
                break;
            }
        }

        if (refusal is null && !LoopAssignments.TryMove(actor, target))
        {
            refusal = "it has ended";
        }

        return new ActorMove(actor, from.Index, target.Index, moved, refusal);
    }

    /// <returns>False where the time for it is over; true also for what is no actor that could.</returns>
    private static async Task<bool> HasBegunAsync(LoopGroup group, IActorRef actor)
    {
        // Whoever goes on must not do so within the start of the actor.
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!LoopAssignments.TryAwaitStart(actor, group, begun.SetResult))
        {
            return true;
        }

        try
        {
            await begun.Task.WaitAsync(StartLimit, group.Clock).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>
    /// Has an actor live on another loop with those of its connections that live where it does, so many at a time; where one stays, so do
    /// the actor and those that were not yet asked.
    /// </summary>
    /// <param name="actor">The actor.</param>
    /// <param name="connections">The connections.</param>
    /// <param name="target">The loop.</param>
    /// <param name="atATime">1 or more.</param>
    public static async Task<ActorMove> MoveAsync(IActorRef actor, IReadOnlyList<IMovable> connections, ActorLoop target, int atATime)
    {
        ActorLoop from = connections[0].ActorLoop;
        int moved = 0;
        foreach (IMovable[] some in connections.Chunk(atATime))
        {
            string?[] answers = await Task.WhenAll(some.Select(connection => connection.MoveAsync(target))).ConfigureAwait(false);
            moved += answers.Count(static answer => answer is null);
            if (answers.FirstOrDefault(static answer => answer is not null) is { } refusal)
            {
                return new ActorMove(actor, from.Index, target.Index, moved, refusal);
            }
        }

        // Whoever has it live elsewhere since has been told that it does.
        string? stays = LoopAssignments.TryFind(actor) is var (_, now) && now != from ? $"it has come to live on loop {now.Index} meanwhile"
            : LoopAssignments.TryMove(actor, target) ? null
            : "it has ended";
        return new ActorMove(actor, from.Index, target.Index, moved, stays);
    }
}

/// <summary>What became of a move.</summary>
/// <param name="Actor">The actor.</param>
/// <param name="From">The loop it lived on; null for none.</param>
/// <param name="To">The loop it was to live on.</param>
/// <param name="Connections">Connections that have moved.</param>
/// <param name="Refusal">Why it stays where it is, or one of its connections; null when it lives there.</param>
internal sealed record ActorMove(IActorRef Actor, int? From, int To, int Connections, string? Refusal);
