using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using FlexSc.LoadTests.Commands;
using FlexSc.LoadTests.Report;
using FlexSc.LoadTests.Scenarios;
using FlexSc.LoadTests.Scenarios.Model;
using FlexSc.LoadTests.Servers;
using Xunit;

namespace FlexSc.LoadTests.Tests;

/// <summary>Scenarios against the example services as programs of their own, two seconds each.</summary>
public sealed class EndToEndTests : IDisposable
{
    private static readonly TimeSpan ProgramLimit = TimeSpan.FromSeconds(60);
    private readonly DirectoryInfo _report = Directory.CreateTempSubdirectory("flexsc-load-");

    [Theory]
    [InlineData("http-mixed", "flexsc")]
    [InlineData("http-slow", "flexsc")]
    [InlineData("http-mixed", "akka-io")]
    [InlineData("kv-read-mostly", "flexsc")]
    [InlineData("kv-churn", "flexsc")]
    [InlineData("kv-read-mostly", "akka-io")]
    [InlineData("echo-open", "flexsc")]
    [InlineData("echo-large", "flexsc")]
    [InlineData("echo-open", "akka-io")]
    public async Task A_scenario_passes_against_its_service(string scenario, string server)
    {
        ScenarioResult result = await RunAsync(ScenarioCatalog.Find(scenario), server);

        Assert.True(result.Passed, ResultFiles.ToMarkdown("built-in", LoadEnvironment.Read(), [result]));
        Assert.Contains(result.Figures!.Course, interval => interval.OkPerSecond > 0);
    }

    [Fact]
    public async Task A_threshold_that_cannot_hold_fails_the_scenario()
    {
        ScenarioDefinition scenario = ScenarioCatalog.Find("kv-read-mostly") with { Thresholds = [new LoadThreshold(ThresholdFigure.OkPerSecond, 1e12)] };

        ScenarioResult result = await RunAsync(scenario, "flexsc");

        Assert.True(result.Failed);
        Assert.True(result.Thresholds[0].Measured > 0);
    }

    [Fact]
    public async Task Checks_that_fail_fail_the_scenario()
    {
        // An echo scenario at a KV server: it answers, but not what was sent.
        ScenarioDefinition scenario = ScenarioCatalog.Find("echo-large") with { Server = ServerKind.KeyValue };

        ScenarioResult result = await RunAsync(scenario, "flexsc");

        Assert.True(result.Failed);
        Assert.True(result.Figures!.Total.FailCount > 0);
        Assert.Equal(0, result.Figures.Total.OkCount);
    }

    [Fact]
    public async Task A_server_that_does_not_start_fails_the_scenario_with_its_words()
    {
        ScenarioDefinition scenario = ScenarioCatalog.Find("kv-churn");
        RunOptions options = Options(scenario, "flexsc") with { ProgramOf = _ => Path.Combine(AppContext.BaseDirectory, "NoSuchServer.dll") };

        ScenarioResult result = Assert.Single(await new LoadRun(options).RunAsync(CancellationToken.None));

        Assert.True(result.Failed);
        Assert.Contains("NoSuchServer", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_program_exits_with_1_when_a_threshold_does_not_hold()
    {
        // A server that takes connections and closes them.
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        using CancellationTokenSource stop = new();
        Task server = CloseAllAsync(listener, stop.Token);
        string port = ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);

        (int exitCode, string output) = await RunProgramAsync("run", "echo-open", "--port", port, "--duration", "1s", "--warm-up", "0s", "--report", _report.FullName);

        await stop.CancelAsync();
        await server;
        Assert.Equal(1, exitCode);
        Assert.Contains("FAILED: echo-open", output, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_report.FullName, ResultFiles.JsonName)));
    }

    [Fact]
    public async Task The_program_refuses_what_it_does_not_know()
    {
        Assert.Equal(1, (await RunProgramAsync("run", "no-such-scenario", "--no-build")).ExitCode);
        Assert.Equal(2, (await RunProgramAsync("run", "--duration", "30")).ExitCode);
        Assert.Equal(2, (await RunProgramAsync("run", "--start-server", "nginx")).ExitCode);
    }

    public void Dispose() => _report.Delete(recursive: true);

    private static async Task CloseAllAsync(TcpListener listener, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using Socket socket = await listener.AcceptSocketAsync(stop);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task<ScenarioResult> RunAsync(ScenarioDefinition scenario, string server) =>
        Assert.Single(await new LoadRun(Options(scenario, server)).RunAsync(CancellationToken.None));

    private RunOptions Options(ScenarioDefinition scenario, string server) => new()
    {
        Scenarios = [scenario],
        Servers = [ServerChoice.Parse(server)!],
        Duration = TimeSpan.FromSeconds(2),
        WarmUp = TimeSpan.FromMilliseconds(200),
        Scale = 0.25,
        ProgramOf = kind => Path.Combine(AppContext.BaseDirectory, $"{ServerPrograms.NameOf(kind)}.dll"),
        ReportDirectory = _report.FullName,
    };

    private async Task<(int ExitCode, string Output)> RunProgramAsync(params string[] arguments)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "FlexSc.LoadTests.dll");
        ProcessStartInfo start = new("dotnet", [program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _report.FullName,
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        using CancellationTokenSource limit = new(ProgramLimit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }

        return (process.ExitCode, await output + await errors);
    }
}
