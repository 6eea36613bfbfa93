using FlexSc.Measuring.Machine;
using FlexSc.Measuring.Processes;
using FlexSc.Measuring.Servers;
using Xunit;

namespace FlexSc.Examples.Tests.Http;

/// <summary>The program at SIGTERM, with clients that are at different points of a request.</summary>
public sealed class HttpDrainTests
{
    private const string Request = "GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n";
    private const string PartOfRequest = "GET /plaintext HTTP/1.1\r\nHost: a\r\n";

    [SkippableTheory]
    [ClassData(typeof(FlexScModes))]
    public async Task A_request_under_way_is_answered_and_nobody_new_is_let_in(string mode)
    {
        using ServerProcess server = await StartAsync(mode, drainMs: 60_000);
        using RawClient idle = await ServedAsync(server, Request);
        using RawClient underWay = await ServedAsync(server, Request + PartOfRequest);
        server.Signal(NativeCalls.SignalTerminate);
        await ExampleProgram.WaitUntilRefusedAsync(server.EndPoint);

        // A reset would be thrown.
        Assert.Equal("", await idle.ReadToEndAsync());
        await underWay.SendAsync("\r\n");
        string answer = await underWay.ReadToEndAsync();
        Assert.EndsWith("Hello, World!", answer, StringComparison.Ordinal);
        Assert.Contains("Connection: close", answer, StringComparison.OrdinalIgnoreCase);
        ProgramResult end = server.WaitForEnd(ExampleProgram.Deadline);
        Assert.Equal((0, ""), (end.ExitCode, end.Error));
    }

    [SkippableTheory]
    [ClassData(typeof(FlexScModes))]
    public async Task A_request_that_takes_longer_is_ended_without_a_reset(string mode)
    {
        using ServerProcess server = await StartAsync(mode, drainMs: 50);
        using RawClient underWay = await ServedAsync(server, Request + PartOfRequest);
        server.Signal(NativeCalls.SignalTerminate);
        Assert.Equal("", await underWay.ReadToEndAsync());
        underWay.HalfClose();
        ProgramResult end = server.WaitForEnd(ExampleProgram.Deadline);
        Assert.Equal((0, ""), (end.ExitCode, end.Error));
    }

    private static async Task<ServerProcess> StartAsync(string mode, int drainMs)
    {
        await ServiceModes.SkipUnlessAvailableAsync(mode);
        return ExampleProgram.Http.Start(["--port", "0", "--drain-ms", $"{drainMs}", .. ServiceModes.ArgumentsOf(mode)]);
    }

    /// <summary>A client whose first request was answered: what it sent with that has come, too.</summary>
    private static async Task<RawClient> ServedAsync(ServerProcess server, string sent)
    {
        RawClient client = await RawClient.ConnectAsync(server.EndPoint);
        await client.SendAsync(sent);
        await client.ReadUntilAsync("Hello, World!");
        client.Forget();
        return client;
    }
}
