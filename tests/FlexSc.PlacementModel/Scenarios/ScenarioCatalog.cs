using FlexSc.PlacementModel.Model;
using FlexSc.Tests.Machines;

namespace FlexSc.PlacementModel.Scenarios;

/// <summary>What is simulated.</summary>
internal static class ScenarioCatalog
{
    private const double Steady = 4;

    /// <summary>A get or a set of memcached's text protocol: little code and a receive and a send.</summary>
    private static readonly Load Memcached = new() { Seconds = Steady, ConnectionsPerCore = 50, UserMicroseconds = 0.6 };

    /// <summary>An HTTP request for a small file: parsing, a look into a cache of files.</summary>
    private static readonly Load Nginx = new() { Seconds = Steady, ConnectionsPerCore = 50, UserMicroseconds = 2.5, Calls = 2.2 };

    private static readonly Load Silence = Memcached with { Seconds = Steady, ConnectionsPerCore = 1, ThinkMicroseconds = 100_000 };

    /// <summary>Requests that compute.</summary>
    private static readonly Load Compute = new() { ConnectionsPerCore = 50, Seconds = 1, UserMicroseconds = 100 };

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("memcached mix", "50 connections a core, closed loop, after silence, and silence again", [Silence, Memcached, Silence]),
        new("nginx mix", "50 connections a core, closed loop, after silence", [Silence, Nginx]),
        new("bursts", "90 ms of 1.5 times what half the cores can do, then 410 ms of next to nothing", Bursts()) { Cycle = 2 },
        new("slow disk", "one request in ten reads a disk of 5 ms", [Silence, Nginx with { Seconds = Steady, DiskShare = 0.1, DiskMicroseconds = 5_000 }]),
        new(
            "one hot actor", "half of what the loops can do, evenly, and on one an actor that computes 4 ms 150 times a second",
            [Offered(0.5, Steady), Offered(0.5, Steady) with { ActorMessagesPerSecond = 150, ActorComputeMicroseconds = 4_000 }]),
        new("compute and I/O", "requests of 100 us of computing and of next to none, second by second", [.. Flip(10)]) { Cycle = 2 },
        new(
            "blocking actor", "half of what the loops can do, and an actor that sleeps 500 ms once a second",
            [Offered(0.5, Steady), Offered(0.5, Steady + 1) with { ActorMessagesPerSecond = 1, ActorBlockMicroseconds = 500_000 }]),
        new("half the quota", "memcached mix, then half the CPU time", [Memcached, Memcached with { QuotaOfCores = 0.5 }]),
    ];

    public static IReadOnlyList<ModelMachine> Machines { get; } =
    [
        new("8 cores", new MachineShape(1, 8, 1, 8).Topology),
        new("4 cores with SMT", MachineShape.EightWithSmt.Topology),
        new("64 cores", new MachineShape(1, 64, 1, 8).Topology),
        new("2 x 64 cores", new MachineShape(2, 64, 1, 8).Topology),
    ];

    /// <summary>Two cores, as where the figures are from.</summary>
    public static ModelMachine TwoCores { get; } = new("2 cores", new MachineShape(1, 2, 1, 2).Topology);

    /// <summary>Requests that come whatever happens.</summary>
    /// <param name="part">Part of what a core can do.</param>
    /// <param name="seconds">How long.</param>
    private static Load Offered(double part, double seconds)
    {
        double microseconds = Memcached.UserMicroseconds + (Memcached.Calls * (CostFigures.Measured.SocketCallNs + CostFigures.Measured.PollutionNs) / 1000);
        return Memcached with { Seconds = seconds, OfferedPerSecondPerCore = part * 1e6 / microseconds };
    }

    private static IReadOnlyList<Load> Bursts() =>
        [.. Enumerable.Range(0, 16).SelectMany(_ => new[] { Offered(0.75, 0.09), Offered(0.01, 0.41) })];

    private static IEnumerable<Load> Flip(int seconds) =>
        Enumerable.Range(0, seconds).Select(second => second % 2 == 0 ? Compute : Memcached with { Seconds = 1 });
}
