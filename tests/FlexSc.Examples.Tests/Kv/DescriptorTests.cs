using System.Diagnostics;
using System.Net;
using Xunit;

namespace FlexSc.Examples.Tests.Kv;

/// <summary>More clients than the process may have descriptors: those beyond are turned away, and the server is whole afterwards.</summary>
public sealed class DescriptorTests
{
    private const string Limiter = "/usr/bin/prlimit";
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
        using Process server = Start(["--port", "0", .. variant.Split(' ')]);
        try
        {
            string announcement = await ReadUntilAsync(server, "listening on ");
            IPEndPoint endPoint = IPEndPoint.Parse(announcement["listening on ".Length..]);
            for (int round = 0; round < 2; round++)
            {
                using (Crowd crowd = await Crowd.ConnectAsync(endPoint, Clients))
                {
                    Assert.InRange(await crowd.AskAsync("version\r\n", "VERSION "), 16, Descriptors);
                }

                await IsServedAsync(endPoint);
            }

            Process.Start("/bin/sh", ["-c", $"kill -TERM {server.Id}"]).WaitForExit();
            string error = await server.StandardError.ReadToEndAsync().WaitAsync(Deadline);
            await server.WaitForExitAsync().WaitAsync(Deadline);
            Assert.Equal(0, server.ExitCode);
            if (!variant.Contains("akka-io", StringComparison.Ordinal))
            {
                // Stock Akka.IO tells of every try to accept.
                Assert.InRange(error.Split('\n').Length, 1, MostLines);
            }
        }
        finally
        {
            server.Kill();
        }
    }

    [SkippableFact]
    public async Task More_connections_than_descriptors_are_lowered_and_told()
    {
        using Process server = Start(["--port", "0", "--max-connections", "5000"]);
        try
        {
            string? message = await server.StandardError.ReadLineAsync().WaitAsync(Deadline);
            Assert.Contains("--max-connections 5000", message, StringComparison.Ordinal);
            Assert.Contains("ulimit -n", message, StringComparison.Ordinal);
        }
        finally
        {
            server.Kill();
        }
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

    private static Process Start(string[] arguments)
    {
        Skip.IfNot(File.Exists(Limiter), $"{Limiter} of util-linux is not installed");
        return Process.Start(new ProcessStartInfo(Limiter, [$"--nofile={Descriptors}", "dotnet", .. ProgramHost.ArgumentsOf("KvServer.dll"), .. arguments])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
    }

    private static async Task<string> ReadUntilAsync(Process server, string prefix)
    {
        using CancellationTokenSource deadline = new(Deadline);
        while (await server.StandardOutput.ReadLineAsync(deadline.Token) is { } line)
        {
            if (line.StartsWith(prefix, StringComparison.Ordinal))
            {
                return line;
            }
        }

        throw new EndOfStreamException($"the server ended before it was listening: {await server.StandardError.ReadToEndAsync(deadline.Token)}");
    }
}
