using System.Net.Sockets;
using System.Runtime.Versioning;
using Akka.Actor;
using Akka.Configuration;
using FlexSc.Akka.Diagnostics;
using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.Diagnostics;

[SupportedOSPlatform("linux")]
public sealed class DiagnosticsSocketSpec : IDisposable
{
    private const UnixFileMode OwnersAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("flexsc-diagnostics");

    private string SocketPath => Path.Combine(_folder.FullName, "report.sock");

    [Fact]
    public async Task Each_connection_is_answered_by_a_report_and_the_end_removes_the_socket()
    {
        using ActorSystem system = Start("asked", SocketPath);
        Assert.Equal(OwnersAlone, File.GetUnixFileMode(SocketPath));
        Assert.NotNull(ThreadTimes.RunSecondsOf("asked-flexsc-di"));
        for (int i = 0; i < 3; i++)
        {
            FlexReport report = FlexReportJson.Read(await AskAsync(SocketPath));
            Assert.Equal(("asked", Environment.ProcessId, 1), (report.System, report.ProcessId, report.Loops.Count));
        }

        await EndAsync(system);
        Assert.False(File.Exists(SocketPath));
    }

    [Fact]
    public async Task By_itself_it_is_in_the_folder_of_the_user_where_it_is_found()
    {
        using ActorSystem system = Start("found", "on");
        List<string> systems = [];
        foreach ((string path, int processId) in DiagnosticsFolder.Find(DiagnosticsFolder.OwnUser, Environment.ProcessId))
        {
            Assert.Equal(Environment.ProcessId, processId);
            Assert.Equal(OwnersAlone | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(path)!));
            systems.Add(FlexReportJson.Read(await AskAsync(path)).System);
        }

        Assert.Contains("found", systems);
        await EndAsync(system);
    }

    [Fact]
    public async Task A_client_that_does_not_read_does_not_keep_others_from_being_answered()
    {
        using ActorSystem system = Start("slow-client", SocketPath);
        using Socket silent = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await silent.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath));
        Assert.Equal("slow-client", FlexReportJson.Read(await AskAsync(SocketPath)).System);
        await EndAsync(system);
    }

    [Fact]
    public async Task A_socket_that_nobody_has_any_more_is_replaced_and_another_file_is_not()
    {
        LeaveSocketBehind(SocketPath);
        using (ActorSystem replacing = Start("replacing", SocketPath))
        {
            Assert.Equal("replacing", FlexReportJson.Read(await AskAsync(SocketPath)).System);
            await EndAsync(replacing);
        }

        await File.WriteAllTextAsync(SocketPath, "somebody's");
        using ActorSystem refused = Start("refused", SocketPath);
        await EndAsync(refused);
        Assert.Equal("somebody's", await File.ReadAllTextAsync(SocketPath));
    }

    [Fact]
    public async Task A_socket_that_somebody_listens_on_stays_his()
    {
        using ActorSystem first = Start("first", SocketPath);
        using ActorSystem second = Start("second", SocketPath);
        await EndAsync(second);
        Assert.Equal("first", FlexReportJson.Read(await AskAsync(SocketPath)).System);
        await EndAsync(first);
    }

    [Fact]
    public async Task Off_there_is_none()
    {
        using ActorSystem system = Start("silent", "off");
        Assert.Null(ThreadTimes.RunSecondsOf("silent-flexsc-d"));
        await EndAsync(system);
    }

    [Fact]
    public void A_value_that_is_neither_a_switch_nor_a_path_is_told_with_its_key()
    {
        ConfigurationException mistake = Assert.Throws<ConfigurationException>(
            static () => DiagnosticsSettings.Create(ConfigurationFactory.ParseString("flexsc.diagnostics.socket = here")));
        Assert.Equal("flexsc.diagnostics.socket must be on, off or an absolute path, not 'here'", mistake.Message);
    }

    [Fact]
    public void A_folder_that_others_may_enter_is_refused()
    {
        string folder = Path.Combine(_folder.FullName, "flexsc");
        Assert.Equal(folder, DiagnosticsFolder.Prepare(folder, DiagnosticsFolder.OwnUser));
        Assert.Equal(folder, DiagnosticsFolder.Prepare(folder, DiagnosticsFolder.OwnUser));
        File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.GroupRead);
        IOException refusal = Assert.Throws<IOException>(() => DiagnosticsFolder.Prepare(folder, DiagnosticsFolder.OwnUser));
        Assert.StartsWith($"{folder} is not a folder of the user {DiagnosticsFolder.OwnUser} alone", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_process_that_is_gone_has_left_is_removed()
    {
        const int noProcess = 0x7fffffff;
        string left = Path.Combine(_folder.FullName, $"{noProcess}-1.sock");
        string alive = Path.Combine(_folder.FullName, $"{Environment.ProcessId}-9999.sock");
        LeaveSocketBehind(left);
        LeaveSocketBehind(alive);
        DiagnosticsFolder.RemoveStale(_folder.FullName);
        Assert.False(File.Exists(left));
        Assert.True(File.Exists(alive));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static ActorSystem Start(string name, string socket)
    {
        ActorSystem system = ActorSystem.Create(name, ConfigurationFactory.ParseString(
            $"akka.loglevel = OFF, akka.stdout-loglevel = OFF\nflexsc.loops {{ count = 1, pin = off }}\nflexsc.diagnostics.socket = \"{socket}\""));
        Assert.Single(LoopGroup.Of(system).Loops);
        return system;
    }

    private static async Task EndAsync(ActorSystem system)
    {
        Task ended = FlexLoops.WhenEnded(system);
        await system.Terminate().WaitAsync(Deadline);
        await ended.WaitAsync(Deadline);
    }

    private static async Task<byte[]> AskAsync(string path)
    {
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path)).WaitAsync(Deadline);
        using NetworkStream stream = new(socket);
        using MemoryStream answer = new();
        await stream.CopyToAsync(answer).WaitAsync(Deadline);
        return answer.ToArray();
    }

    /// <summary>A bound socket is moved away from its name before it is closed, which removes the name, and back.</summary>
    private static void LeaveSocketBehind(string path)
    {
        string aside = $"{path}.aside";
        using (Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            socket.Bind(new UnixDomainSocketEndPoint(path));
            File.Move(path, aside);
        }

        File.Move(aside, path);
    }
}
