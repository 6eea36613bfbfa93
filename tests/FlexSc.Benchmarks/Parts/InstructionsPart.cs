using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using FlexSc.Benchmarks.Peers;
using FlexSc.Benchmarks.Report;
using FlexSc.Benchmarks.Run;
using FlexSc.Measuring;
using FlexSc.Measuring.Load;
using FlexSc.Measuring.Processes;
using FlexSc.Measuring.Servers;

namespace FlexSc.Benchmarks.Parts;

/// <summary>
/// Instructions in user mode for each request, by callgrind: the slides' "frequency of system calls". Two runs of different
/// length are subtracted, so that start and end of the server are in neither.
/// </summary>
internal sealed partial class InstructionsPart(RunOptions options) : IPart
{
    private const int Connections = 50;
    private const int FewTurns = 10;
    private const int ManyTurns = 60;
    private const double SecondsForEach = 8;
    private const int AnswerLimitMs = 20_000;

    private static readonly byte[] HttpRequest = "GET /plaintext HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray();
    private static readonly byte[] HttpEnd = "Hello, World!"u8.ToArray();
    private static readonly byte[] KvRequest = "get key:00000001\r\n"u8.ToArray();
    private static readonly byte[] KvEnd = "END\r\n"u8.ToArray();

    public string Title => "instructions for each request, by callgrind";

    public double EstimatedSeconds => 2 * SecondsForEach;

    public RunReport Run(RunReport soFar)
    {
        Progress.Write($"== {Title}");
        Peer nginx = PeerCatalog.Http.Single(peer => peer.Name == PeerNames.NginxReturn);
        Peer memcached = PeerCatalog.Kv.Single(peer => peer.Name == PeerNames.Memcached);
        return soFar with
        {
            Instructions =
            [
                RunOne(nginx, HttpRequest, HttpEnd, TrapsOf(soFar, HttpGroups.Main, nginx.Name, HttpGroups.UsualConnections)),
                RunOne(memcached, KvRequest, KvEnd, TrapsOf(soFar, KvGroups.Main, memcached.Name, Connections)),
                new InstructionsRow(PeerNames.IoUringPooled, null, null, "callgrind does not run the .NET runtime, and knows io_uring's calls only in part"),
            ],
        };
    }

    private static double? TrapsOf(RunReport report, string group, string peer, int connections) =>
        report.Group(group)?.Rows.FirstOrDefault(row => row.Peer == peer && row.Shape == new LoadShape(connections, 1))?.Traps.PerRequest;

    private InstructionsRow RunOne(Peer peer, byte[] request, byte[] answerEnd, double? traps)
    {
        try
        {
            long few = Count(peer, request, answerEnd, FewTurns);
            long many = Count(peer, request, answerEnd, ManyTurns);
            double perRequest = (double)(many - few) / (Connections * (ManyTurns - FewTurns));
            string source = $"callgrind, user mode only, {Connections} connections";
            return new InstructionsRow(peer.Name, perRequest, perRequest / traps, traps is null ? $"{source}; no count of its system calls in this run" : source);
        }
        catch (MeasurementException failure)
        {
            return new InstructionsRow(peer.Name, null, null, failure.Message);
        }
        catch (SocketException failure)
        {
            return new InstructionsRow(peer.Name, null, null, $"under callgrind: {failure.Message}");
        }
    }

    private long Count(Peer peer, byte[] request, byte[] answerEnd, int turns)
    {
        string directory = ScratchDirectory.Create("callgrind");
        string log = Path.Combine(directory, "log");
        PeerPlace place = new Cores(options).One with
        {
            // memcached sets its limit of open files, which valgrind permits only to what it was before.
            Wrapper = [Programs.Require("prlimit"), $"--nofile={ProgramPeer.MemcachedConnections}:", Packages.Require("valgrind"), "--tool=callgrind", $"--log-file={log}", $"--callgrind-out-file={Path.Combine(directory, "out")}"],
        };
        using ServerProcess server = peer.Start(place);
        Exchange(server.EndPoint, request, answerEnd, turns);
        _ = server.Stop();
        return Parse(File.ReadAllText(log));
    }

    // All connections ask, then all are answered, as under load.
    private static void Exchange(IPEndPoint server, byte[] request, byte[] answerEnd, int turns)
    {
        List<Socket> sockets = [];
        byte[] buffer = new byte[4096];
        try
        {
            for (int index = 0; index < Connections; index++)
            {
                Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = AnswerLimitMs };
                sockets.Add(socket);
                socket.Connect(server);
            }

            for (int turn = 0; turn < turns; turn++)
            {
                sockets.ForEach(socket => socket.Send(request));
                sockets.ForEach(socket => ReceiveAnswer(socket, buffer, answerEnd));
            }
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    private static void ReceiveAnswer(Socket socket, byte[] buffer, byte[] answerEnd)
    {
        int length = 0;
        while (!buffer.AsSpan(0, length).EndsWith(answerEnd))
        {
            int received = length == buffer.Length ? 0 : socket.Receive(buffer.AsSpan(length));
            if (received == 0)
            {
                throw new MeasurementException($"an answer under callgrind ended with: {Encoding.ASCII.GetString(buffer, 0, length)}");
            }

            length += received;
        }
    }

    /// <summary>The instructions that callgrind's log tells.</summary>
    /// <exception cref="MeasurementException">It tells none: the program did not end by itself.</exception>
    public static long Parse(string log) => CollectedPattern().Match(log) is { Success: true } match
        ? long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)
        : throw new MeasurementException($"callgrind told no instructions: {log.Trim().Split('\n')[^1]}");

    [GeneratedRegex(@"Collected : (\d+)")]
    private static partial Regex CollectedPattern();
}
