using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Akka.Event;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.Diagnostics;

/// <summary>
/// A Unix socket that answers each connection with the report of one actor system, as a line of JSON, and closes it. It has a thread of its
/// own, which sleeps until somebody comes: the thread pool and the loops may be what is to be looked into. One client at a time; others wait in
/// the backlog. Clients are of the process' own user or root.
/// </summary>
internal sealed class DiagnosticsSocket : IDisposable
{
    /// <summary>Connections that wait; those beyond are refused.</summary>
    private const int Backlog = 16;

    private const int SocketLevel = 1; // SOL_SOCKET
    private const int PeerCredentials = 17; // SO_PEERCRED
    private const UnixFileMode OwnersAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>For how long who runs is looked at for a report.</summary>
    private static readonly TimeSpan SampleTime = TimeSpan.FromMilliseconds(50);

    /// <summary>How long a client may take to read its report.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(2);

    private static int _systems;

    private readonly LoopGroup _group;
    private readonly Socket _listener;
    private readonly uint _user = DiagnosticsFolder.OwnUser;
    private readonly Thread _thread;
    private readonly ManualResetEventSlim _stop = new(initialState: false, spinCount: 0);

    private DiagnosticsSocket(LoopGroup group, string path)
    {
        _group = group;
        Path = path;
        _listener = Listen(path);
        _thread = new Thread(Run) { Name = $"{group.System.Name}-flexsc-diagnostics", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>Begins to listen where the configuration says so. What is in the way is logged, and the system runs without.</summary>
    public static DiagnosticsSocket? Start(LoopGroup group)
    {
        DiagnosticsSettings settings = group.Diagnostics;
        if (!settings.IsOn)
        {
            return null;
        }

        try
        {
            return new DiagnosticsSocket(group, settings.Path ?? OwnPath());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or SocketException or ArgumentException)
        {
            // Where nobody asked for it in particular, as in a container with a read-only root, it is no reason to warn.
            group.Log.Log(
                settings.Path is null ? LogLevel.InfoLevel : LogLevel.WarningLevel,
                $"no diagnostics socket, so flexsc top does not find this process: {exception.Message}; flexsc.diagnostics.socket takes another path, or off");
            return null;
        }
    }

    /// <summary>Ends: who is being answered gets the rest, who waits is refused, and the path is removed.</summary>
    public void Dispose()
    {
        _stop.Set();
        _listener.Dispose();
        _thread.Join();
        _stop.Dispose();
        try
        {
            File.Delete(Path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _group.Log.Info("{0} is left behind: {1}", Path, exception.Message);
        }
    }

    private static string OwnPath()
    {
        string folder = DiagnosticsFolder.Prepare();
        DiagnosticsFolder.RemoveStale(folder);
        return DiagnosticsFolder.PathOf(folder, Interlocked.Increment(ref _systems));
    }

    private static Socket Listen(string path)
    {
        // A process of this number has been there before, as it is in a container that was started again.
        if (DiagnosticsFolder.IsDeserted(path))
        {
            File.Delete(path);
        }

        Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            listener.Bind(new UnixDomainSocketEndPoint(path));

            // Nobody can connect before it listens.
#pragma warning disable CA1416 // loops run on Linux alone
            File.SetUnixFileMode(path, OwnersAlone);
#pragma warning restore CA1416
            listener.Listen(Backlog);
            return listener;
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    private void Run()
    {
        while (!_stop.IsSet)
        {
            try
            {
                using Socket client = _listener.Accept();
                if (IsWelcome(client))
                {
                    Answer(client);
                }
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // The end, a client that went away, or no descriptor to be had, which the next one may get.
                const int pauseMs = 50;
                _stop.Wait(pauseMs);
            }
            catch (Exception exception)
            {
                // A defect of the report must not end the process.
                _group.Log.Warning(exception, "the diagnostics socket could not answer; it goes on");
            }
        }
    }

    /// <summary>The folder keeps others out already, unless a path of its own was given.</summary>
    private bool IsWelcome(Socket client)
    {
        const uint root = 0;

        // struct ucred: pid, uid, gid.
        Span<uint> credentials = stackalloc uint[3];
        client.GetRawSocketOption(SocketLevel, PeerCredentials, MemoryMarshal.AsBytes(credentials));
        return credentials[1] == _user || credentials[1] == root;
    }

    private void Answer(Socket client)
    {
        long start = Stopwatch.GetTimestamp();
        ReadOnlySpan<byte> rest = [.. _group.System.FlexReport(SampleTime).ToJson(), (byte)'\n'];
        TimeSpan limit = AnswerLimit + SampleTime;
        while (rest.Length > 0)
        {
            int leftMs = (int)(limit - Stopwatch.GetElapsedTime(start)).TotalMilliseconds;
            if (leftMs <= 0)
            {
                return;
            }

            client.SendTimeout = leftMs;
            rest = rest[client.Send(rest, SocketFlags.None)..];
        }

        client.Shutdown(SocketShutdown.Send);
    }
}
