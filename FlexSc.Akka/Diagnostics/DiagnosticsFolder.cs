using System.Globalization;
using System.Net.Sockets;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;

namespace FlexSc.Akka.Diagnostics;

/// <summary>
/// Where the diagnostics sockets of a user's processes are: <c>flexsc</c> below the folder that the login gives them, or one in /tmp. It is
/// the user's alone, so that nobody else can put a socket there that looks like theirs.
/// </summary>
internal static class DiagnosticsFolder
{
    private const string Extension = ".sock";
    private const string LoginFolders = "/run/user";
    private const UnixFileMode OwnersAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Of this process: its effective user.</summary>
    public static uint OwnUser => UserOf(Environment.ProcessId) ?? throw new InvalidOperationException("/proc/self/status names no user");

    /// <summary>Effective user of a process, from /proc/PID/status; null where there is none of that number.</summary>
    public static uint? UserOf(int processId)
    {
        const string key = "Uid:";
        try
        {
            // Real, effective, saved and of the file system: proc_pid_status(5).
            string? line = File.ReadLines($"/proc/{processId}/status").FirstOrDefault(static line => line.StartsWith(key, StringComparison.Ordinal));
            return line is null ? null : uint.Parse(line[key.Length..].Split('\t', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Where a user's sockets may be, the likeliest first.</summary>
    /// <param name="user">The user.</param>
    public static IReadOnlyList<string> Candidates(uint user)
    {
        string byLogin = Path.Combine(LoginFolders, user.ToString(CultureInfo.InvariantCulture), "flexsc");
        string shared = $"/tmp/flexsc-{user}";
        return Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is ['/', ..] named && user == OwnUser
            ? [.. new[] { Path.Combine(named, "flexsc"), byLogin, shared }.Distinct()]
            : [byLogin, shared];
    }

    /// <summary>Makes the folder for this process' sockets where it is not there yet.</summary>
    /// <exception cref="IOException">It cannot be made, or it is not this user's alone; the text says what to do.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be made.</exception>
    public static string Prepare()
    {
        uint user = OwnUser;
        return Prepare(Candidates(user).First(static candidate => Directory.Exists(Path.GetDirectoryName(candidate))), user);
    }

    /// <summary>The same for a folder of a name.</summary>
    /// <exception cref="IOException">It cannot be made, or it is not this user's alone; the text says what to do.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be made.</exception>
    public static string Prepare(string folder, uint user)
    {
#pragma warning disable CA1416 // loops run on Linux alone
        Directory.CreateDirectory(folder, OwnersAlone);
#pragma warning restore CA1416
        return IsAlone(folder, user)
            ? folder
            : throw new IOException($"{folder} is not a folder of the user {user} alone: remove it, or give it to that user with mode 0700");
    }

    /// <summary>Name of a socket.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="number">Counts the actor systems of this process.</param>
    public static string PathOf(string folder, int number) => Path.Combine(folder, $"{Environment.ProcessId}-{number}{Extension}");

    /// <summary>The sockets of a user's processes; those that nobody listens on any more may be among them.</summary>
    /// <param name="user">The user.</param>
    /// <param name="processId">Of one process; null for all.</param>
    public static IReadOnlyList<(string Path, int ProcessId)> Find(uint user, int? processId = null) =>
        [.. Candidates(user).Where(folder => IsAlone(folder, user)).SelectMany(SocketsIn).Where(socket => processId is null || socket.ProcessId == processId)];

    /// <summary>Removes what processes that are gone have left.</summary>
    public static void RemoveStale(string folder)
    {
        foreach ((string path, int processId) in SocketsIn(folder))
        {
            // Not by the number alone: who shares the folder from a container has numbers of their own.
            if (!Directory.Exists($"/proc/{processId}") && IsDeserted(path))
            {
                File.Delete(path);
            }
        }
    }

    /// <summary>Whether a path is a socket's that nobody listens on.</summary>
    public static bool IsDeserted(string path)
    {
        try
        {
            using Socket probe = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            probe.Connect(new UnixDomainSocketEndPoint(path));
            return false;
        }
        catch (SocketException exception)
        {
            // A file that is no socket refuses, too.
            return exception.SocketErrorCode == SocketError.ConnectionRefused && StatusOf(path)?.Kind == FileKind.Socket;
        }
    }

    private static bool IsAlone(string folder, uint user) =>
        StatusOf(folder) is { Kind: FileKind.Directory } status && status.UserId == user && (status.Permissions & ~OwnersAlone) == 0;

    private static FileStatus? StatusOf(string path)
    {
        try
        {
            return ImmediateCalls.StatWithoutLoop(path);
        }
        catch (LinuxException)
        {
            // Not there, or not for this user to see.
            return null;
        }
    }

    private static IEnumerable<(string Path, int ProcessId)> SocketsIn(string folder)
    {
        string[] paths;
        try
        {
            paths = Directory.GetFiles(folder, $"*{Extension}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            yield break;
        }

        foreach (string path in paths.Order(StringComparer.Ordinal))
        {
            if (int.TryParse(Path.GetFileName(path).Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int processId))
            {
                yield return (path, processId);
            }
        }
    }
}
