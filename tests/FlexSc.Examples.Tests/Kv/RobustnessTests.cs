using System.Net.Sockets;
using FlexSc.Akka.Loops;
using FlexSc.Examples.KvServer.Service;
using Xunit;

namespace FlexSc.Examples.Tests.Kv;

/// <summary>Whatever clients do and however a request fails, the loops have all back that they lent.</summary>
public sealed class RobustnessTests
{
    private const int Rounds = 40;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [SkippableTheory]
    [ClassData(typeof(FlexScVariants))]
    public async Task Clients_that_die_anywhere_leave_no_entry_and_no_buffer(string variant)
    {
        await using KvService service = await IoVariants.StartAsync(variant);
        IReadOnlyList<LoopState> atStart = await StatesAsync(service);
        Random random = new(variant.Length);
        for (int round = 0; round < Rounds; round++)
        {
            using KvClient client = new(service.LocalEndPoint);
            Misbehave(client, round, random);
        }

        using (KvClient witness = new(service.LocalEndPoint))
        {
            Assert.Equal("NOT_FOUND", witness.Ask("delete nothing\r\n"));
        }

        // The big value stays where a client died before its delete; it lives for a second, and then the sweeper takes it.
        await WaitUntilAsync(async () => service.Counters.CurrentConnections == 0 && service.Store.Figures().UsedBytes == 0
            && (await StatesAsync(service)).SequenceEqual(atStart));
    }

    [SkippableTheory]
    [ClassData(typeof(FlexScVariants))]
    public async Task A_request_that_fails_in_the_server_ends_its_connection_and_gives_its_buffer_back(string variant)
    {
        FailingTimeProvider time = new();
        await using KvService service = await IoVariants.StartAsync(variant, time);
        IReadOnlyList<LoopState> atStart = await StatesAsync(service);
        for (int round = 0; round < 5; round++)
        {
            using KvClient client = new(service.LocalEndPoint);
            Assert.Equal("NOT_FOUND", client.Ask("delete a\r\n"));
            time.FailsOnLoops = true;
            client.Send("get a\r\n");
            Assert.True(client.IsAtEnd());
            time.FailsOnLoops = false;
        }

        using (KvClient client = new(service.LocalEndPoint))
        {
            Assert.Equal("NOT_FOUND", client.Ask("delete a\r\n"));
        }

        await WaitUntilAsync(async () => service.Counters.CurrentConnections == 0 && (await StatesAsync(service)).SequenceEqual(atStart));
    }

    /// <summary>Sends something and leaves: with a reset when the socket lingers for no time, by FIN otherwise.</summary>
    private static void Misbehave(KvClient client, int round, Random random)
    {
        byte[] garbage = new byte[random.Next(1, 10_000)];
        random.NextBytes(garbage);
        switch (round % 5)
        {
            case 0:
                client.Send("set a 0 0 200000\r\n" + new string('v', random.Next(100_000)));
                break;
            case 1:
                client.Send(garbage);
                break;
            case 2:
                client.Send("get a b c"[..random.Next(1, 9)]);
                break;
            case 3:
                client.Send("set big 0 1 50000 noreply\r\n" + new string('v', 50_000) + "\r\n");
                client.Send(string.Concat(Enumerable.Repeat("get big\r\n", 100)) + "delete big\r\n");
                break;
            default:
                client.Send("delete a\r\ndelete a\r\nquit\r\n");
                break;
        }

        if (random.Next(2) == 0)
        {
            client.Socket.LingerState = new LingerOption(true, 0);
        }
    }

    private static async Task<IReadOnlyList<LoopState>> StatesAsync(KvService service)
    {
        List<LoopState> states = [];
        foreach (LoopFigures figures in service.Loops)
        {
            states.Add(await FlexLoops.RunAsync(service.System, figures.Index, loop => Task.FromResult(
                new LoopState(figures.Connections, loop.UsedEntries, loop.Buffers.Count - loop.Buffers.Available))));
        }

        return states;
    }

    private static async Task WaitUntilAsync(Func<Task<bool>> condition)
    {
        using CancellationTokenSource deadline = new(Deadline);
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(5));
        while (!await condition())
        {
            await timer.WaitForNextTickAsync(deadline.Token);
        }
    }

    private readonly record struct LoopState(int Connections, int UsedEntries, int BuffersOutside);

    /// <summary>A clock that throws, on the loops' threads alone, while it is told to.</summary>
    private sealed class FailingTimeProvider : TimeProvider
    {
        private volatile bool _failsOnLoops;

        public bool FailsOnLoops
        {
            set => _failsOnLoops = value;
        }

        public override long GetTimestamp() =>
            _failsOnLoops && Thread.CurrentThread.Name?.Contains("-flexsc-", StringComparison.Ordinal) == true
                ? throw new InvalidOperationException("the test's clock fails, as it was told to")
                : base.GetTimestamp();
    }
}
