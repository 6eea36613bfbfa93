using Akka;
using Akka.Actor;
using Akka.Event;
using Akka.IO;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.IO;

/// <summary>Published on the event stream when the end of a system's TCP service has begun: handlers finish what they are at and close.</summary>
/// <param name="TimeLimit">How long they have; then their connections are ended by a confirmed close.</param>
public sealed record TcpDraining(TimeSpan TimeLimit);

/// <summary>What became of the accepted connections.</summary>
/// <param name="Open">How many there were when the drain began.</param>
/// <param name="Ended">How many were not closed by their handlers in time, and so were ended by a confirmed close.</param>
/// <param name="Left">How many of these are still open, because their peers neither read nor end; the system's end resets them.</param>
public sealed record TcpDrained(int Open, int Ended, int Left);

/// <summary>
/// The orderly end of accepted connections. Nobody new is let in; who is there has time to finish; who does not is told the end with a FIN
/// after the last byte, never with a reset. From any thread.
/// </summary>
internal sealed class TcpDrain(LoopGroup group, IActorRef manager, AcceptedConnections accepted)
{
    /// <summary>The answer to a Bind that comes after the drain has begun.</summary>
    public static InvalidOperationException Refusal(Tcp.Bind bind) =>
        new($"TCP is drained: {bind.LocalAddress} is not bound any more; what binds belongs before the phase service-unbind of CoordinatedShutdown");

    /// <summary>The longest wait for whatever a loop has to do for it: one that is held up may not come to that.</summary>
    private TimeSpan CloseLimit => TimeSpan.FromMilliseconds(group.Settings.SocketCloseLimitMs);

    public async Task<TcpDrained> RunAsync(TimeSpan timeLimit)
    {
        await StopAcceptingAsync().ConfigureAwait(false);
        int open = accepted.Open;
        group.System.EventStream.Publish(new TcpDraining(timeLimit));
        if (await accepted.WhenNoneAsync(timeLimit, group.Clock).ConfigureAwait(false))
        {
            return new TcpDrained(open, 0, 0);
        }

        // Before those that are there, so that none comes between.
        accepted.EndNewOnes();
        long begun = group.Clock.GetTimestamp();
        int late = await EndAllAsync().ConfigureAwait(false);
        TimeSpan left = CloseLimit - group.Clock.GetElapsedTime(begun);
        await accepted.WhenNoneAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, group.Clock).ConfigureAwait(false);
        return new TcpDrained(open, late, accepted.Open);
    }

    private async Task StopAcceptingAsync()
    {
        try
        {
            await manager.Ask<Done>(StopAccepting.Instance).WaitAsync(CloseLimit, group.Clock).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            group.Log.Warning(
                "TCP is drained, but a loop that is held up does not stop accepting within {0} (flexsc.loops.socket-close-limit-ms); what it lets in "
                + "is ended with the others",
                CloseLimit);
        }
    }

    private async Task<int> EndAllAsync()
    {
        // One that is given up would not answer.
        IEnumerable<ActorLoop> loops = group.StartedLoops.Where(static loop => !loop.Loop.Ended.IsCompleted && !loop.IsGivenUp);
        return (await Task.WhenAll(loops.Select(EndAsync)).ConfigureAwait(false)).Sum();
    }

    /// <summary>One that is held up may not come to it; its connections are told as left then.</summary>
    private async Task<int> EndAsync(ActorLoop loop)
    {
        AskBounds bounds = new(CloseLimit, "flexsc.loops.socket-close-limit-ms") { IsDoneLater = true };
        try
        {
            return await loop.AskAsync(() => Task.FromResult(End(loop)), bounds).ConfigureAwait(false);
        }
        catch (InvalidOperationException missing)
        {
            group.Log.Warning("Loop {0} does not end its connections: {1}", loop.Index, missing.Message);
            return 0;
        }
    }

    private static int End(ActorLoop loop)
    {
        TcpConnection[] open = [.. loop.Io.Connections.Where(IsAccepted)];
        foreach (TcpConnection connection in open)
        {
            connection.Tell(Tcp.ConfirmedClose.Instance, ActorRefs.NoSender);
        }

        return open.Length;
    }

    private static bool IsAccepted(TcpConnection connection) => connection.Owner.Accepted is not null;

    /// <summary>To the manager, and from it to the listeners; answered with <see cref="Done"/>.</summary>
    internal sealed class StopAccepting : INoSerializationVerificationNeeded
    {
        public static StopAccepting Instance { get; } = new();
    }
}
