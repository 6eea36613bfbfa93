using System.Globalization;
using FlexSc.Examples.Tests;
using FlexSc.Measuring.Processes;
using FlexSc.Measuring.Servers;
using Xunit;

namespace FlexSc.Packaging.Tests.Tool;

/// <summary>What docs/metrics.md promises of dotnet-counters, by the tool itself, from the registry.</summary>
public sealed class DotnetCountersTests : IDisposable
{
    private const string Version = "10.0.750501";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("flexsc-counters");

    [SkippableFact]
    public async Task It_shows_the_figures_of_a_running_server()
    {
        string tool = DotnetTool.Install("dotnet-counters", Version, _folder.FullName);
        using ServerProcess server = ExampleProgram.Http.Start("--port", "0");
        string file = Path.Combine(_folder.FullName, "counters.csv");
        using RunningProgram counters = new(
        [
            tool, "collect", "--process-id", server.ProcessId.ToString(CultureInfo.InvariantCulture), "--counters", "FlexSc", "--refresh-interval", "1",
            "--format", "csv", "--output", file, "--duration", "00:00:00:05",
        ]);
        using HttpClient http = new() { Timeout = ExampleProgram.Deadline };
        while (!counters.HasEnded)
        {
            Assert.Equal("Hello, World!", await http.GetStringAsync(new Uri($"http://{server.EndPoint}/plaintext")));
        }

        ProgramResult result = counters.WaitForEnd(ExampleProgram.Deadline);
        Assert.True(File.Exists(file), $"exit code {result.ExitCode}: {result.Output} {result.Error}");
        string[] lines = File.ReadAllLines(file);
        Assert.Contains(lines, static line => line.Contains("flexsc.syscalls", StringComparison.Ordinal) && ValueOf(line) > 0);
        Assert.Contains(lines, static line => line.Contains("flexsc.page.entries.limit", StringComparison.Ordinal) && ValueOf(line) > 0);
        Assert.Contains(lines, static line => line.Contains("flexsc.completion.duration", StringComparison.Ordinal));
        Assert.Equal(0, ExampleProgram.End(server, "TERM").ExitCode);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static double ValueOf(string line) => double.Parse(line[(line.LastIndexOf(',') + 1)..], CultureInfo.InvariantCulture);
}
