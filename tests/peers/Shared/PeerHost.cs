using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace FlexSc.Peers;

/// <summary>What every peer of the benchmark has to do besides serving: say where it listens, answer "stats", end on SIGTERM.</summary>
internal static class PeerHost
{
    /// <summary>The value after an option, or the default.</summary>
    public static string Option(string[] args, string name, string defaultValue)
    {
        int index = Array.IndexOf(args, name);
        return index >= 0 && index + 1 < args.Length ? args[index + 1] : defaultValue;
    }

    public static int Port(string[] args) => int.Parse(Option(args, "--port", "0"), CultureInfo.InvariantCulture);

    /// <summary>Announces the address, then answers each line "stats" on standard input until the process is told to end.</summary>
    /// <param name="counts">Null where the peer does not know them.</param>
    /// <param name="answer">What it answers to other lines; null where it passes them over.</param>
    public static void RunUntilTold(string description, EndPoint endPoint, Func<PeerCounts>? counts, Func<string, string>? answer = null)
    {
        using ManualResetEventSlim end = new();
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        Console.WriteLine(description);
        Console.WriteLine($"listening on {endPoint}");
        Thread reader = new(() => Answer(counts, answer)) { IsBackground = true };
        reader.Start();
        end.Wait();

        void OnSignal(PosixSignalContext context)
        {
            context.Cancel = true;
            end.Set();
        }
    }

    private static void Answer(Func<PeerCounts>? counts, Func<string, string>? answer)
    {
        while (Console.ReadLine() is { } line)
        {
            if ((line == "stats" ? Statistics(counts?.Invoke()) : answer?.Invoke(line)) is { } said)
            {
                Console.WriteLine(said);
            }
        }
    }

    private static string Statistics(PeerCounts? now) => JsonSerializer.Serialize(new
    {
        requests = now?.Requests,
        allocatedBytes = GC.GetTotalAllocatedBytes(precise: true),
        cpuMs = Environment.CpuUsage.TotalTime.TotalMilliseconds,
        connections = now?.Connections,
    });
}

/// <summary>Requests answered so far, and connections open now.</summary>
internal readonly record struct PeerCounts(long Requests, long Connections);
