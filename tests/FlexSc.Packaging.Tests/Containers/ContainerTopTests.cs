using System.Globalization;
using System.Text.Json;
using FlexSc.Examples.Tests;
using FlexSc.Measuring.Processes;
using FlexSc.Measuring.Servers;
using Xunit;

namespace FlexSc.Packaging.Tests.Containers;

/// <summary>What docs/containers.md says of <c>flexsc top</c> and a read-only root.</summary>
public sealed class ContainerTopTests
{
    private const int ExitWithoutFlexSc = 3;
    private const string FolderVariable = "XDG_RUNTIME_DIR";

    private static readonly ExampleProgram Tool = new("flexsc");

    [SkippableFact]
    public async Task Without_a_place_for_its_socket_a_server_serves_all_the_same_and_cannot_be_looked_at()
    {
        ContainedService service = ContainedService.Of("HttpServer");
        using ServerProcess server = service.Program.StartBy([.. Confinement.OfContainer([]), .. WithFolder("/nowhere")], "--port", "0");
        ProgramResult top = Tool.RunBy(Confinement.Inside(server.ProcessId), "top", "--once", "--json", "--pid", Number(server));

        Assert.Equal((ExitWithoutFlexSc, ""), (top.ExitCode, top.Output));
        Assert.Contains("flexsc.diagnostics.socket", top.Error, StringComparison.Ordinal);
        await service.ServeAsync(server);

        // Nobody asked for it in particular: it is no reason to warn.
        Assert.Empty(server.Errors);
        Assert.Equal(0, ExampleProgram.End(server, "TERM").ExitCode);
    }

    [SkippableFact]
    public void With_a_volume_it_is_seen_from_inside_and_by_its_socket_from_outside()
    {
        string[] folder = WithFolder(Confinement.Volume);
        using ServerProcess server = ContainedService.Of("HttpServer").Program.StartBy([.. Confinement.OfContainer([], hasVolume: true), .. folder], "--port", "0");
        string socket = Path.Combine(Confinement.Volume, "flexsc", $"{Number(server)}-1.sock");

        AssertReport(server, Tool.RunBy([.. Confinement.Inside(server.ProcessId), .. folder], "top", "--once", "--json"));
        AssertReport(server, Tool.RunBy(Confinement.Inside(server.ProcessId), "top", "--once", "--json", "--socket", socket));

        // As root of the machine, by the root of the process, since the volume is mounted nowhere else.
        string outside = $"/proc/{Number(server)}/root{socket}";
        AssertReport(server, Tool.Run("top", "--once", "--json", "--socket", outside));
        ProgramResult text = Tool.Run("top", "--once", "--interval-ms", "100", "--socket", outside);
        Assert.Equal((0, ""), (text.ExitCode, text.Error));
        Assert.Contains($"HttpServer  process {Number(server)}", text.Output, StringComparison.Ordinal);

        Assert.Equal(0, ExampleProgram.End(server, "TERM").ExitCode);
        ProgramResult ended = Tool.Run("top", "--once", "--socket", outside);
        Assert.Equal(ExitWithoutFlexSc, ended.ExitCode);
        Assert.StartsWith($"error: {outside} does not answer: ", ended.Error, StringComparison.Ordinal);
    }

    // It comes after what takes the environment away from a user.
    private static string[] WithFolder(string folder) => ["env", $"{FolderVariable}={folder}"];

    private static void AssertReport(ServerProcess server, ProgramResult top)
    {
        Assert.Equal((0, ""), (top.ExitCode, top.Error));
        using JsonDocument report = JsonDocument.Parse(top.Output);
        Assert.Equal(server.ProcessId, report.RootElement.GetProperty("processId").GetInt32());
        Assert.Equal(1, report.RootElement.GetProperty("loops").GetArrayLength());
    }

    private static string Number(ServerProcess server) => server.ProcessId.ToString(CultureInfo.InvariantCulture);
}
