using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using FlexSc.Examples.Tests;
using FlexSc.Measuring.Builds;
using FlexSc.Measuring.Servers;
using Xunit;

namespace FlexSc.Packaging.Tests.Packages;

/// <summary>The packages in a project that has nothing else of this repository: what the README tells a newcomer to do.</summary>
public sealed partial class RestoredPackagesTests(PackageFeed feed) : IClassFixture<PackageFeed>
{
    private const string PortOfReadme = "8080";

    [Fact]
    public async Task The_readme_s_lines_make_a_server_that_answers()
    {
        string readme = File.ReadAllText(Path.Combine(Repository.Root(), "README.md")).ReplaceLineEndings("\n");
        string program = FirstProgram().Match(readme).Groups["code"].Value;
        string package = AddPackage().Match(readme).Groups["package"].Value;
        Assert.Contains(PortOfReadme, program, StringComparison.Ordinal);

        string folder = feed.NewFolder("hello");
        feed.Dotnet(folder, "new", "console", "--no-restore");
        feed.Dotnet(folder, "add", "package", package);
        IPEndPoint endPoint = new(IPAddress.Loopback, FreePort.Take());
        await File.WriteAllTextAsync(
            Path.Combine(folder, "Program.cs"), program.Replace(PortOfReadme, endPoint.Port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
        feed.Dotnet(folder, "build", "--configuration", "Release", "--output", "out", "-warnaserror");

        using ServerProcess server = ServerProcess.Start(
            ServerLaunch.Redirected(["dotnet", Path.Combine(folder, "out", "hello.dll")]), endPoint, "the README's program", new NoCounters());
        using HttpClient client = new() { Timeout = ExampleProgram.Deadline };
        Assert.Equal("hello", await client.GetStringAsync(new Uri($"http://{endPoint}/")));
        Assert.Equal("hello", await client.GetStringAsync(new Uri($"http://{endPoint}/again")));
    }

    [Fact]
    public void The_tool_installs_and_probes()
    {
        string folder = feed.NewFolder("tool");
        feed.Dotnet(folder, "tool", "install", "FlexSc.Tool", "--tool-path", ".");
        Measuring.Processes.ProgramResult probe = Measuring.Processes.Programs.Run(Path.Combine(folder, "flexsc"), ["probe", "--json"], ExampleProgram.Deadline);
        Assert.Equal("", probe.Error);
        using JsonDocument document = JsonDocument.Parse(probe.Output);
        Assert.Equal(probe.ExitCode == 0, document.RootElement.GetProperty("canRun").GetBoolean());
    }

    [GeneratedRegex("```csharp\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex FirstProgram();

    [GeneratedRegex("dotnet add package (?<package>[A-Za-z.]+)")]
    private static partial Regex AddPackage();
}
