using System.Diagnostics;
using System.Net;
using Akka.Actor;
using Akka.IO;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.Tests.Connections;

/// <summary>Many connections on one loop with both ends of each in this process: opened, used and closed.</summary>
internal sealed class ManyConnectionsRun
{
    /// <summary>Opened before anything is counted: code that is compiled at the first connections is none of theirs, nor what is made once.</summary>
    private const int WarmUpConnections = 100;

    private const int Backlog = 4_096;
    private const int PauseMs = 10;

    private readonly ActorLoop _loop;
    private readonly IPEndPoint _server;
    private readonly TimeSpan _limit;
    private readonly Action<string> _write;
    private int _network = 1;

    private ManyConnectionsRun(ActorLoop loop, IPEndPoint server, TimeSpan limit, Action<string> write)
    {
        _loop = loop;
        _server = server;
        _limit = limit;
        _write = write;
    }

    /// <summary>HOCON of a system whose one loop carries so many.</summary>
    public static string ConfigFor(int connections) => FormattableString.Invariant($$"""
        akka.io.tcp.register-timeout = 600s
        flexsc.loops { count = 1, pages = {{FlexLoops.PagesFor(connections)}} }
        """);

    /// <summary>Binds a server in a system that has one loop.</summary>
    /// <param name="system">The system.</param>
    /// <param name="limit">How long each step may take.</param>
    /// <param name="write">Takes a line for each step.</param>
    public static async Task<ManyConnectionsRun> StartAsync(ActorSystem system, TimeSpan limit, Action<string> write)
    {
        IActorRef manager = system.FlexTcp();
        IActorRef echo = system.ActorOf(Props.Create(() => new EchoForAll()).WithDispatcher(FlexTcpExt.DispatcherId));
        Tcp.Bound bound = await manager.Ask<Tcp.Bound>(
            new Tcp.Bind(echo, new IPEndPoint(IPAddress.Loopback, 0), backlog: Backlog), limit);
        ManyConnectionsRun run = new(LoopGroup.Of(system).StartedLoops.Single(), (IPEndPoint)bound.LocalAddress, limit, write);
        await run.RoundAsync(WarmUpConnections);
        return run;
    }

    /// <summary>Opens so many, has each ask and be answered, and closes them.</summary>
    public async Task<ConnectionsSeen> RoundAsync(int connections)
    {
        int entriesBefore = await UsedEntriesAsync();
        MemoryInUse before = MemoryInUse.Read();
        using RawPeers peers = new(_server);
        await StepAsync($"{connections} connections open", () => peers.Connect(connections, _network++));
        await UntilAsync("all are taken", async () => (_loop.Io.ConnectionCount, connections));
        await StepAsync("all have asked and are answered", peers.AskAll);

        // All have answered, so all are registered, and silent when the last send has ended.
        await UntilAsync("each has one entry", async () => (await UsedEntriesAsync() - entriesBefore, connections));
        MemoryInUse perConnection = MemoryInUse.Read().PerOne(before, connections);
        _write($"bytes a connection: {perConnection.Managed} managed, {perConnection.Process} of the process, {perConnection.Kernel} of the kernel for both ends");
        await StepAsync("all are closed by their peers", peers.Dispose);
        await UntilAsync("no connection is left", async () => (_loop.Io.ConnectionCount, 0));
        await UntilAsync("no entry is left", async () => (await UsedEntriesAsync(), entriesBefore));
        await UntilAsync("no buffer is left", () => _loop.RunAsync(
            () => Task.FromResult((_loop.Loop.Buffers.Count - _loop.Loop.Buffers.Available + _loop.Io.Tcp.SendBlocks.Outstanding, 0))));
        return new ConnectionsSeen(perConnection);
    }

    private Task<int> UsedEntriesAsync() => _loop.RunAsync(() => Task.FromResult(_loop.Loop.UsedEntries));

    private async Task StepAsync(string what, Action step)
    {
        long begin = Stopwatch.GetTimestamp();
        await Task.Run(step).WaitAsync(_limit);
        _write(FormattableString.Invariant($"{what}: {Stopwatch.GetElapsedTime(begin).TotalSeconds:0.0} s"));
    }

    private async Task UntilAsync(string what, Func<Task<(int Seen, int Wanted)>> look)
    {
        long begin = Stopwatch.GetTimestamp();
        (int seen, int wanted) = await look();
        while (seen != wanted)
        {
            if (Stopwatch.GetElapsedTime(begin) > _limit)
            {
                throw new TimeoutException($"after {_limit} not yet so that {what}: {seen} instead of {wanted}");
            }

            await Task.Delay(PauseMs);
            (seen, wanted) = await look();
        }

        _write(FormattableString.Invariant($"{what}: after {Stopwatch.GetElapsedTime(begin).TotalSeconds:0.0} s"));
    }
}

/// <summary>What was seen of a round.</summary>
/// <param name="PerConnection">Memory of one connection; the kernel's is of both its ends.</param>
internal readonly record struct ConnectionsSeen(MemoryInUse PerConnection)
{
    /// <summary>Most bytes that a silent connection may take of the process.</summary>
    public const int MostBytes = 3 * 1024;
}
