using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace FlexSc.Benchmarks.Load.Kv;

/// <summary>The generator as the child process it runs in: prints one line of JSON at its end.</summary>
internal static class KvGeneratorProgram
{
    public static int Run(IPEndPoint server, LoadShape shape, KvLoadOptions options, TimeSpan settle, TimeSpan duration)
    {
        try
        {
            KvWorkload workload = new(options.Keys, options.ValueBytes);
            KvMix mix = new(options.Keys, options.GetsPerSet, options.Seed);
            using KvLoadLoop loop = new(workload, mix, server, shape);
            Console.WriteLine(JsonSerializer.Serialize(loop.Run(settle, duration)));
            return 0;
        }
        catch (Exception failure) when (failure is BenchmarkException or SocketException)
        {
            Console.Error.WriteLine(failure.Message);
            return 1;
        }
    }
}

/// <summary>What the key-value load consists of.</summary>
internal sealed record KvLoadOptions(int Keys, int ValueBytes, int GetsPerSet, ulong Seed);
