using System.Net;
using System.Net.Sockets;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.Tests;

/// <summary>
/// What a spec leaves behind once its actor system and its loops have ended: descriptors of this process that were not there when it began,
/// and of each loop connections, entries, buffers and blocks. A spec that leaves any fails, whatever it is about.
/// </summary>
internal sealed class LeftBehind
{
    /// <summary>
    /// Kinds of descriptors that loops and their protocols open, and the files of specs, which are in folders of that name. The runtime's own
    /// are of other kinds, or there from the start.
    /// </summary>
    private static readonly string[] Kinds =
    [
        "socket:", "anon_inode:[io_uring]", "anon_inode:[eventpoll]", "anon_inode:[eventfd]", "anon_inode:inotify",
        Path.Combine(Path.GetTempPath(), "flexsc-"),
    ];

    private readonly Dictionary<string, int> _before;
    private readonly int _patienceMs;

    /// <param name="patienceMs">How long what is open may take to be closed.</param>
    public LeftBehind(int patienceMs = 10_000)
    {
        _patienceMs = patienceMs;
        UseSocketsOnce();
        _before = Descriptors();
    }

    /// <summary>What is left of the loops, which have ended; a loop that failed is not looked at, for nobody could tidy it up.</summary>
    public static IReadOnlyList<string> Of(IEnumerable<ActorLoop> loops) => [.. loops.Where(static loop => !loop.Loop.HasFailed).SelectMany(static loop =>
        new (int Count, string What)[]
        {
            (loop.Io.ConnectionCount, "connections"),
            (loop.Members.Count, "members"),
            (loop.Loop.ReservedEntries, "reserved entries"),
            (loop.Io.Find<TcpLoop>()?.SendBlocks.Outstanding ?? 0, "send blocks of TCP"),
            (loop.Io.Find<UdpLoop>()?.SendBlocks.Outstanding ?? 0, "send blocks of UDP"),
            (loop.Io.Find<UdpLoop>()?.Sockets.Count ?? 0, "sockets of UDP"),
            (loop.Io.Find<FileLoop>()?.OutstandingRequests ?? 0, "requests on files"),
            ((int)(loop.Io.Find<FileLoop>()?.TransferBytes ?? 0), "bytes of transfers"),
            (loop.Loop.Buffers.Count - loop.Loop.Buffers.Available, "receive buffers"),
        }.Where(static left => left.Count != 0).Select(left => $"loop {loop.Index}: {left.Count} {left.What}"))];

    /// <summary>Descriptors that are open and were not. A test's own sockets that nobody disposed are collected first.</summary>
    public IReadOnlyList<string> NewDescriptors()
    {
        long end = Environment.TickCount64 + _patienceMs;
        while (true)
        {
            string[] left = [.. Descriptors().Where(entry => entry.Value > _before.GetValueOrDefault(entry.Key)).Select(static entry => entry.Key)];
            if (left.Length == 0 || Environment.TickCount64 >= end)
            {
                return left;
            }

            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    /// <exception cref="InvalidOperationException">Something is left; the text names it.</exception>
    public void AssertNothing(IEnumerable<ActorLoop> loops)
    {
        string[] left = [.. Of(loops), .. NewDescriptors()];
        if (left.Length > 0)
        {
            throw new InvalidOperationException($"the spec leaves behind: {string.Join("; ", left)}");
        }
    }

    private static Dictionary<string, int> Descriptors() => new DirectoryInfo("/proc/self/fd").EnumerateFileSystemInfos()
        .Select(TargetOf)
        .Where(static target => Kinds.Any(kind => target.StartsWith(kind, StringComparison.Ordinal)))
        .GroupBy(static target => target)
        .ToDictionary(static group => group.Key, static group => group.Count());

    private static string TargetOf(FileSystemInfo descriptor)
    {
        try
        {
            return descriptor.LinkTarget ?? "";
        }
        catch (IOException)
        {
            // It was closed meanwhile.
            return "";
        }
    }

    /// <summary>The runtime's sockets have descriptors of their own from the first asynchronous call on.</summary>
    private static void UseSocketsOnce()
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        Task<Socket> accepted = listener.AcceptAsync();
        using Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.LocalEndPoint!);
        accepted.GetAwaiter().GetResult().Dispose();
    }
}
