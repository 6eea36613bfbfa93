using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using FlexSc.Examples.Tests;
using FlexSc.Measuring.Processes;
using FlexSc.Measuring.Servers;
using Xunit;

namespace FlexSc.Packaging.Tests.Tool;

/// <summary>Runs <c>flexsc top</c> as a program of its own, on a server that is one, too.</summary>
public sealed class TopToolTests
{
    private const int ExitNoProcess = 1;
    private const int ExitBadUsage = 2;
    private const int ExitWithoutFlexSc = 3;
    private const int ExitOfAnotherUser = 4;

    /// <summary>A user that nobody is.</summary>
    private const string Stranger = "54321";

    private static readonly ExampleProgram Tool = new("flexsc");

    [Fact]
    public async Task Once_as_json_is_the_report_with_counters_that_go_on()
    {
        using ServerProcess server = ExampleProgram.Http.Start("--port", "0", "--loops", "2");
        JsonElement before = ReportOf(server);
        using HttpClient http = new() { Timeout = ExampleProgram.Deadline };
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal("Hello, World!", await http.GetStringAsync(new Uri($"http://{server.EndPoint}/plaintext")));
        }

        JsonElement after = ReportOf(server);
        Assert.Equal(server.ProcessId, after.GetProperty("processId").GetInt32());
        Assert.Equal("HttpServer", after.GetProperty("program").GetString());
        Assert.Equal(2, after.GetProperty("loops").GetArrayLength());
        Assert.True(after.GetProperty("clockSeconds").GetDouble() > before.GetProperty("clockSeconds").GetDouble());
        Assert.True(Sum(after, "submissions") >= Sum(before, "submissions") + 20);
        Assert.Equal(1, Sum(after, "connections"));
        Assert.NotEqual("", after.GetProperty("backend").GetProperty("reason").GetString());
        Assert.Equal(0, ExampleProgram.End(server, "TERM").ExitCode);
    }

    [Fact]
    public void Once_as_text_names_backend_loops_and_what_is_there_of_the_rest()
    {
        using ServerProcess server = ExampleProgram.Http.Start("--port", "0", "--loops", "2");
        ProgramResult result = Tool.Run("top", "--once", "--interval-ms", "200", "--pid", Number(server.ProcessId));
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        string backend = ReportOf(server).GetProperty("backend").GetProperty("chosen").GetString()!;
        string[] expected =
        [
            $"HttpServer  process {server.ProcessId}", $"backend {backend}: ", "loops 2", "traps/call", "batch", "entries", "busiest actors",
            "evicted actors: 0", "placement does not run",
        ];
        Assert.All(expected, text => Assert.Contains(text, result.Output, StringComparison.Ordinal));
        Assert.Equal(0, ExampleProgram.End(server, "TERM").ExitCode);
    }

    [Fact]
    public void A_server_that_has_ended_leaves_no_socket()
    {
        using ServerProcess server = ExampleProgram.Http.Start("--port", "0");
        int processId = server.ProcessId;
        _ = ReportOf(server);
        Assert.Equal(0, ExampleProgram.End(server, "TERM").ExitCode);
        Assert.Empty(SocketsOf(processId));
        ProgramResult result = Tool.Run("top", "--once", "--pid", Number(processId));
        Assert.Equal((ExitWithoutFlexSc, $"error: there is no process {processId}\n"), (result.ExitCode, result.Error));
    }

    [Fact]
    public void A_process_without_FlexSC_is_told_with_the_remedy()
    {
        using Process sleep = Process.Start("sleep", "600");
        try
        {
            ProgramResult result = Tool.Run("top", "--once", "--json", "--pid", Number(sleep.Id));
            Assert.Equal(ExitWithoutFlexSc, result.ExitCode);
            Assert.StartsWith($"error: process {sleep.Id} runs no FlexSC that tells of itself", result.Error, StringComparison.Ordinal);
            Assert.Contains("flexsc.diagnostics.socket", result.Error, StringComparison.Ordinal);
            Assert.Equal("", result.Output);
        }
        finally
        {
            sleep.Kill();
        }
    }

    [SkippableFact]
    public void Who_has_no_process_and_asks_for_another_users_is_told_so()
    {
        Skip.IfNot(Environment.IsPrivilegedProcess, "only root can become another user");
        string[] stranger = [PeerPrograms.Require("setpriv", "util-linux"), "--reuid", Stranger, "--regid", Stranger, "--clear-groups"];
        using ServerProcess server = ExampleProgram.Http.Start("--port", "0");
        ProgramResult none = Tool.RunBy(stranger, "top", "--once");
        Assert.Equal(ExitNoProcess, none.ExitCode);
        Assert.StartsWith($"error: no process of user {Stranger} runs FlexSC", none.Error, StringComparison.Ordinal);
        ProgramResult foreign = Tool.RunBy(stranger, "top", "--once", "--pid", Number(server.ProcessId));
        Assert.Equal(ExitOfAnotherUser, foreign.ExitCode);
        Assert.StartsWith($"error: process {server.ProcessId} is user 0's, and this is user {Stranger}", foreign.Error, StringComparison.Ordinal);
        Assert.Equal(0, ExampleProgram.End(server, "TERM").ExitCode);
    }

    [Theory]
    [InlineData("top --json", "error: --json needs --once\n")]
    [InlineData("top", "error: a live view needs a terminal: use --once\n")]
    [InlineData("top --once --interval-ms 1", "error: --interval-ms must be a number from 100 to 3600000, not '1'.\n")]
    [InlineData("top --once --pid 1 --socket /x", "error: --socket and --pid both name a program: leave one of them out\n")]
    public void Wrong_usage_exits_with_two_and_says_why(string arguments, string error)
    {
        ProgramResult result = Tool.Run(arguments.Split(' '));
        Assert.Equal((ExitBadUsage, "", error), (result.ExitCode, result.Output, result.Error));
    }

    /// <summary>By script(1), which gives a program a terminal.</summary>
    [SkippableFact]
    public async Task In_a_terminal_it_looks_again_and_again_until_the_process_ends()
    {
        string script = PeerPrograms.Require("script", "bsdutils");
        using ServerProcess server = ExampleProgram.Http.Start("--port", "0");
        string command = $"stty rows 24 cols 80; exec {string.Join(' ', Tool.CommandLine("top", "--interval-ms", "100", "--pid", Number(server.ProcessId)))}";
        using Process top = Process.Start(new ProcessStartInfo(script, ["--quiet", "--return", "--flush", "--command", command, "/dev/null"])
        {
            RedirectStandardOutput = true,
        })!;
        try
        {
            string shown = "";

            // The second time there are rates.
            while (shown.Split("traps/call").Length < 3)
            {
                string more = await ReadAsync(top);
                Assert.True(more.Length > 0, $"it ended after {shown}");
                shown += more;
            }

            Assert.Equal(0, ExampleProgram.End(server, "TERM").ExitCode);
            string rest = await top.StandardOutput.ReadToEndAsync().WaitAsync(ExampleProgram.Deadline);
            await top.WaitForExitAsync().WaitAsync(ExampleProgram.Deadline);
            Assert.Contains($"process {server.ProcessId} has ended", rest, StringComparison.Ordinal);
            Assert.Equal(ExitWithoutFlexSc, top.ExitCode);
        }
        finally
        {
            top.Kill(entireProcessTree: true);
        }
    }

    private static async Task<string> ReadAsync(Process process)
    {
        char[] buffer = new char[4096];
        int count = await process.StandardOutput.ReadAsync(buffer.AsMemory()).AsTask().WaitAsync(ExampleProgram.Deadline);
        return new string(buffer, 0, count);
    }

    private static JsonElement ReportOf(ServerProcess server)
    {
        ProgramResult result = Tool.Run("top", "--once", "--json", "--pid", Number(server.ProcessId));
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        using JsonDocument document = JsonDocument.Parse(result.Output);
        return document.RootElement.Clone();
    }

    private static long Sum(JsonElement report, string member) => report.GetProperty("loops").EnumerateArray().Sum(loop => loop.GetProperty(member).GetInt64());

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string[] SocketsOf(int processId) => [.. new[] { Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR"), "/tmp" }
        .Where(static folder => folder is not null)
        .SelectMany(static folder => Directory.GetDirectories(folder!, "flexsc*"))
        .SelectMany(folder => Directory.GetFiles(folder, $"{processId}-*.sock"))];
}
