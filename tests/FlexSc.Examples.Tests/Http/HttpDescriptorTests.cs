using System.Net;
using System.Net.Sockets;
using FlexSc.Measuring.Processes;
using FlexSc.Measuring.Servers;
using Xunit;

namespace FlexSc.Examples.Tests.Http;

/// <summary>More clients than the process may have descriptors: those beyond are turned away, and the service is whole afterwards.</summary>
public sealed class HttpDescriptorTests
{
    private const int Descriptors = 300;
    private const int Clients = 600;
    private const int MostLines = 40;
    private const string Get = "GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n";

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public Task When_the_first_request_comes_with_the_last_descriptor(string mode) => SurvivesAsync(mode, servedBefore: false);

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public Task When_it_has_served_before(string mode) => SurvivesAsync(mode, servedBefore: true);

    [SkippableFact]
    public void More_connections_than_descriptors_are_lowered_and_told()
    {
        using ServerProcess server = ExampleProgram.Http.StartWithDescriptors(Descriptors, "--port", "0", "--max-connections", "5000");
        ProgramResult end = ExampleProgram.End(server, "TERM");

        Assert.Equal(0, end.ExitCode);
        Assert.Contains("--max-connections 5000", end.Error, StringComparison.Ordinal);
        Assert.Contains("ulimit -n", end.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Too_few_descriptors_are_told_at_the_start()
    {
        const int TooFew = 100;
        ProgramResult result = ExampleProgram.Http.RunWithDescriptors(TooFew, "--port", "0");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"RLIMIT_NOFILE is {TooFew}", result.Error, StringComparison.Ordinal);
        Assert.Contains("ulimit -n", result.Error, StringComparison.Ordinal);
    }

    private static async Task SurvivesAsync(string mode, bool servedBefore)
    {
        await ServiceModes.SkipUnlessAvailableAsync(mode);
        DirectoryInfo root = Directory.CreateTempSubdirectory("flexsc-http-");
        await File.WriteAllTextAsync(Path.Combine(root.FullName, "hello.txt"), "hello file");
        using ServerProcess server = ExampleProgram.Http.StartWithDescriptors(
            Descriptors, ["--port", "0", "--root", root.FullName, "--stats-on-stdin", .. ServiceModes.ArgumentsOf(mode)]);
        IPEndPoint endPoint = server.EndPoint;
        if (servedBefore)
        {
            await IsServedAsync(endPoint);
        }

        for (int round = 0; round < 2; round++)
        {
            Crowd crowd = await Crowd.ConnectAsync(endPoint, Clients);
            int served = await crowd.AskAsync(Get, "HTTP/1.1 200 ");
            Assert.InRange(served, 16, Descriptors);
            crowd.Dispose();
            await IsServedAsync(endPoint);
        }

        ProgramResult end = ExampleProgram.End(server, "TERM");
        Assert.Equal((0, ""), (end.ExitCode, end.Error));
        if (mode != ServiceModes.AkkaIo)
        {
            // Stock Akka.IO tells of every try to accept.
            Assert.InRange(end.Output.Split('\n').Length, 1, MostLines);
        }

        root.Delete(recursive: true);
    }

    // The server learns of the crowd's end by and by: until then it turns newcomers away.
    private static async Task IsServedAsync(IPEndPoint endPoint)
    {
        foreach ((string path, string end) in new[] { ("/plaintext", "Hello, World!"), ("/json", "\"}"), ("/hello.txt", "hello file") })
        {
            using CancellationTokenSource deadline = new(TimeSpan.FromSeconds(20));
            while (true)
            {
                deadline.Token.ThrowIfCancellationRequested();
                try
                {
                    using RawClient client = await RawClient.ConnectAsync(endPoint);
                    string answer = await client.ExchangeAsync($"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
                    if (answer.Length == 0 || answer.StartsWith("HTTP/1.1 503", StringComparison.Ordinal))
                    {
                        continue;
                    }

                    Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
                    Assert.EndsWith(end, answer, StringComparison.Ordinal);
                    break;
                }
                catch (SocketException)
                {
                    // Turned away.
                }
            }
        }
    }
}
