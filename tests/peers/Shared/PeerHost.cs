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
    public static void RunUntilTold(string description, EndPoint endPoint, Func<PeerCounts>? counts)
    {
        using ManualResetEventSlim end = new();
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        Console.WriteLine(description);
        Console.WriteLine($"listening on {endPoint}");
        Thread reader = new(() => AnswerStats(counts)) { IsBackground = true };
        reader.Start();
        end.Wait();

        void OnSignal(PosixSignalContext context)
        {
            context.Cancel = true;
            end.Set();
        }
    }

    private static void AnswerStats(Func<PeerCounts>? counts)
    {
        while (Console.ReadLine() is { } line)
        {
            if (line != "stats")
            {
                continue;
            }

            PeerCounts? now = counts?.Invoke();
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                requests = now?.Requests,
                allocatedBytes = GC.GetTotalAllocatedBytes(precise: true),
                cpuMs = Environment.CpuUsage.TotalTime.TotalMilliseconds,
                connections = now?.Connections,
            }));
        }
    }
}

/// <summary>Requests answered so far, and connections open now.</summary>
internal readonly record struct PeerCounts(long Requests, long Connections);
