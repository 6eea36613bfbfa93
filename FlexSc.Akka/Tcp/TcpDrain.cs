using Akka;
using Akka.Actor;
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
internal sealed class TcpDrain(LoopGroup group, IActorRef manager)
{
    /// <summary>Between two looks at how many connections are left; only while a drain is under way.</summary>
    private const int LookPauseMs = 5;

    /// <summary>The answer to a Bind that comes after the drain has begun.</summary>
    public static InvalidOperationException Refusal(Tcp.Bind bind) =>
        new($"TCP is drained: {bind.LocalAddress} is not bound any more; what binds belongs before the phase service-unbind of CoordinatedShutdown");

    public async Task<TcpDrained> RunAsync(TimeSpan timeLimit)
    {
        await manager.Ask<Done>(StopAccepting.Instance).ConfigureAwait(false);
        int open = await CountAsync().ConfigureAwait(false);
        group.System.EventStream.Publish(new TcpDraining(timeLimit));
        int late = await WaitAsync(timeLimit).ConfigureAwait(false);
        if (late == 0)
        {
            return new TcpDrained(open, 0, 0);
        }

        await ForEachLoopAsync(static loop => End(loop)).ConfigureAwait(false);
        TimeSpan rest = TimeSpan.FromMilliseconds(group.Settings.SocketCloseLimitMs);
        return new TcpDrained(open, late, await WaitAsync(rest).ConfigureAwait(false));
    }

    /// <summary>Waits until none is left, or the time is over.</summary>
    /// <returns>How many are left.</returns>
    private async Task<int> WaitAsync(TimeSpan timeLimit)
    {
        long begun = group.Clock.GetTimestamp();
        while (true)
        {
            int left = await CountAsync().ConfigureAwait(false);
            if (left == 0 || group.Clock.GetElapsedTime(begun) >= timeLimit)
            {
                return left;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(LookPauseMs), group.Clock).ConfigureAwait(false);
        }
    }

    private async Task<int> CountAsync()
    {
        int[] counts = await ForEachLoopAsync(static loop => loop.Io.Connections.Count(IsAccepted)).ConfigureAwait(false);
        return counts.Sum();
    }

    private async Task<int[]> ForEachLoopAsync(Func<ActorLoop, int> act)
    {
        List<int> answers = [];
        foreach (ActorLoop loop in group.StartedLoops)
        {
            if (!loop.Loop.Ended.IsCompleted)
            {
                answers.Add(await loop.RunAsync(() => Task.FromResult(act(loop))).ConfigureAwait(false));
            }
        }

        return [.. answers];
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

    private static bool IsAccepted(TcpConnection connection) => connection.Owner.Accepts;

    /// <summary>To the manager, and from it to the listeners; answered with <see cref="Done"/>.</summary>
    internal sealed class StopAccepting : INoSerializationVerificationNeeded
    {
        public static StopAccepting Instance { get; } = new();
    }
}
