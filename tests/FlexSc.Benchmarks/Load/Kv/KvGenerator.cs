using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using FlexSc.Benchmarks.Servers;
using FlexSc.Benchmarks.Setup;

namespace FlexSc.Benchmarks.Load.Kv;

/// <summary>Key-value load: this program started once more, as a generator.</summary>
/// <param name="core">The core of the generator; null leaves it where the scheduler puts it.</param>
internal sealed class KvGenerator(int? core, KvLoadOptions options) : ILoadGenerator
{
    public const string CommandName = "kv-generator";

    private const int FillDepth = 16;
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(15);

    // One run is short: compile in full at once, and collect on the pinned thread.
    private static readonly Dictionary<string, string> RuntimeSettings = new(StringComparer.Ordinal)
    {
        ["DOTNET_TieredCompilation"] = "0",
        ["DOTNET_gcServer"] = "0",
        ["DOTNET_gcConcurrent"] = "0",
    };

    private readonly KvWorkload _workload = new(options.Keys, options.ValueBytes);

    public ILoad Start(IPEndPoint server, LoadShape shape, TimeSpan duration)
    {
        List<string> command =
        [
            .. ServerLaunch.Pinned(core), Programs.Require("dotnet"), typeof(KvGenerator).Assembly.Location, CommandName,
            "--server", server.ToString(),
            "--connections", Text(shape.Connections),
            "--depth", Text(shape.PipelineDepth),
            "--keys", Text(options.Keys),
            "--value-bytes", Text(options.ValueBytes),
            "--gets-per-set", Text(options.GetsPerSet),
            "--seed", Text(options.Seed),
            "--settle-ms", Text(Settle.TotalMilliseconds),
            "--duration-ms", Text(duration.TotalMilliseconds),
        ];
        ProcessStartInfo start = new(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true };
        ServerLaunch.SetRuntime(start, RuntimeSettings);
        return new Load(new RunningProgram(start), duration + EndLimit);
    }

    public void Verify(IPEndPoint server)
    {
        try
        {
            using KvConnection connection = new(_workload, server, maxBatch: 2);
            KvLoadLoop.Exchange(connection, [new KvCommand(0, IsSet: true), new KvCommand(0, IsSet: false)]);
        }
        catch (SocketException failure)
        {
            throw new BenchmarkException($"no connection to {server}: {failure.Message}");
        }
    }

    public void Prepare(IPEndPoint server) => KvLoadLoop.Fill(_workload, server, FillDepth);

    private static string Text<T>(T number)
        where T : IFormattable => number.ToString("0", CultureInfo.InvariantCulture);

    private sealed class Load(RunningProgram generator, TimeSpan limit) : ILoad
    {
        public int ProcessId => generator.ProcessId;

        public LoadResult WaitForEnd()
        {
            ProgramResult result = generator.WaitForEnd(limit);
            if (result.ExitCode != 0)
            {
                throw new BenchmarkException($"the generator ended with exit code {result.ExitCode}: {result.Error.Trim()}");
            }

            return JsonSerializer.Deserialize<LoadResult>(result.Output)
                ?? throw new BenchmarkException($"the generator's output is not understood: {result.Output}");
        }

        public void Dispose() => generator.Dispose();
    }
}
