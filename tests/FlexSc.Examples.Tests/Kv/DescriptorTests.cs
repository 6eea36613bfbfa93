using System.Net;
using FlexSc.Measuring.Processes;
using FlexSc.Measuring.Servers;
using Xunit;

namespace FlexSc.Examples.Tests.Kv;

/// <summary>More clients than the process may have descriptors: those beyond are turned away, and the server is whole afterwards.</summary>
public sealed class DescriptorTests
{
    private const int Descriptors = 300;
    private const int Clients = 600;
    private const int MostLines = 40;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>Stock Akka.IO's and both ways of FlexSC.</summary>
    public static TheoryData<string> Variants => ["--io akka-io", "--backend io-uring", "--backend syscall-threads"];

    [SkippableTheory]
    [MemberData(nameof(Variants))]
    public async Task Clients_beyond_the_descriptors_leave_the_server_whole(string variant)
    {
        using ServerProcess server = ExampleProgram.Kv.StartWithDescriptors(Descriptors, ["--port", "0", .. variant.Split(' ')]);
        for (int round = 0; round < 2; round++)
        {
            using (Crowd crowd = await Crowd.ConnectAsync(server.EndPoint, Clients))
            {
                Assert.InRange(await crowd.AskAsync("version\r\n", "VERSION "), 16, Descriptors);
            }

            await IsServedAsync(server.EndPoint);
        }

        ProgramResult end = ExampleProgram.End(server, "TERM");
        Assert.Equal(0, end.ExitCode);
        if (!variant.Contains("akka-io", StringComparison.Ordinal))
        {
            // Stock Akka.IO tells of every try to accept.
            Assert.InRange(end.Error.Split('\n').Length, 1, MostLines);
        }
    }

    [SkippableFact]
    public void More_connections_than_descriptors_are_lowered_and_told()
    {
        using ServerProcess server = ExampleProgram.Kv.StartWithDescriptors(Descriptors, "--port", "0", "--max-connections", "5000");
        ProgramResult end = ExampleProgram.End(server, "TERM");
        Assert.Contains("--max-connections 5000", end.Error, StringComparison.Ordinal);
        Assert.Contains("ulimit -n", end.Error, StringComparison.Ordinal);
    }

    // The server learns of the crowd's end by and by: until then it turns newcomers away.
    private static async Task IsServedAsync(IPEndPoint endPoint)
    {
        using CancellationTokenSource deadline = new(Deadline);
        int served = 0;
        while (served == 0)
        {
            deadline.Token.ThrowIfCancellationRequested();
            using Crowd one = await Crowd.ConnectAsync(endPoint, 1);
            served = await one.AskAsync("set key 0 0 5\r\nvalue\r\n", "STORED");
        }

        using Crowd other = await Crowd.ConnectAsync(endPoint, 1);
        Assert.Equal(1, await other.AskAsync("get key\r\n", "VALUE key 0 5\r\nvalue"));
    }
}
