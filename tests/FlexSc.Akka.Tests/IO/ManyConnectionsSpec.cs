using FlexSc.Akka.Tests.Connections;
using FlexSc.Interop.Capabilities;
using Xunit;
using Xunit.Abstractions;

namespace FlexSc.Akka.Tests.IO;

/// <summary>Many connections on one loop, as far as the limit on descriptors allows: opened, used and closed, twice.</summary>
public sealed class ManyConnectionsSpec(ITestOutputHelper output) : TcpFixture($"""
    akka.actor.serialize-messages = off
    akka.actor.serialize-creators = off
    {ManyConnectionsRun.ConfigFor(MostConnections)}
    """)
{
    private const int MostConnections = 100_000;

    /// <summary>Descriptors of the test's process that are no connection's: other tests of the assembly run before and leave some.</summary>
    private const int OtherDescriptors = 500;

    [SkippableTheory]
    [InlineData(9_000)]
    [InlineData(MostConnections)]
    public async Task They_are_opened_used_and_closed_twice_with_one_entry_each_and_little_memory_and_nothing_is_left(int connections)
    {
        ulong descriptors = ResourceLimit.OfOpenFiles().Soft;
        ulong needed = (2 * (ulong)connections) + OtherDescriptors;
        Skip.If(descriptors < needed, $"RLIMIT_NOFILE is {descriptors}, and {connections} connections with both ends in one process take {needed}");

        ManyConnectionsRun run = await ManyConnectionsRun.StartAsync(Sys, Deadline, output.WriteLine);

        // The second round finds memory of the first.
        ConnectionsSeen seen = await run.RoundAsync(connections);
        Assert.InRange(seen.PerConnection.Managed, 1, ConnectionsSeen.MostBytes);
        Assert.InRange(seen.PerConnection.Process, 1, ConnectionsSeen.MostBytes);
        await run.RoundAsync(connections);
    }
}
