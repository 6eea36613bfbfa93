using System.Globalization;
using System.Net;
using System.Net.Sockets;
using FlexSc.Measuring;
using FlexSc.Measuring.Load;

namespace FlexSc.Benchmarks.Load.Kv;

/// <summary>Key-value load, a closed loop.</summary>
internal sealed class KvGenerator(KvLoadOptions options) : ILoadGenerator
{
    public const string CommandName = "kv-generator";

    private const int FillDepth = 16;
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(200);

    private readonly KvWorkload _workload = new(options.Keys, options.ValueBytes, options.Protocol);

    public string Name => "own generator, closed loop";

    public ILoad Start(IPEndPoint server, LoadShape shape, TimeSpan duration, int? core) => GeneratorProcess.Start(
        CommandName,
        server,
        duration,
        core,
        isFirst: false,
        "--connections", Text(shape.Connections),
        "--depth", Text(shape.PipelineDepth),
        "--keys", Text(options.Keys),
        "--value-bytes", Text(options.ValueBytes),
        "--gets-per-set", Text(options.GetsPerSet),
        "--seed", Text(options.Seed),
        "--protocol", options.Protocol.ToString(),
        "--settle-ms", Text(Settle.TotalMilliseconds));

    public void Verify(IPEndPoint server)
    {
        try
        {
            using KvConnection connection = new(_workload, server, maxBatch: 2);
            KvLoadLoop.Exchange(connection, [new KvCommand(0, IsSet: true), new KvCommand(0, IsSet: false)]);
        }
        catch (SocketException failure)
        {
            throw new MeasurementException($"no connection to {server}: {failure.Message}");
        }
    }

    public void Prepare(IPEndPoint server) => KvLoadLoop.Fill(_workload, server, FillDepth);

    private static string Text<T>(T number)
        where T : IFormattable => number.ToString("0", CultureInfo.InvariantCulture);
}
