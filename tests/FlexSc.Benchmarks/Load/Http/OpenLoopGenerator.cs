using System.Globalization;
using System.Net;
using FlexSc.Measuring.Load;

namespace FlexSc.Benchmarks.Load.Http;

/// <summary>HTTP load at a fixed pace, with latency from the moment a request was meant to be sent.</summary>
/// <param name="exchange">What is asked for.</param>
/// <param name="intervalMs">Length of the spans that latencies are told by as well; 0 for none.</param>
/// <param name="isFirst">It has its core before others, as long as it asks no more than it can.</param>
internal sealed class OpenLoopGenerator(HttpExchange exchange, int intervalMs = 0, bool isFirst = false) : ILoadGenerator
{
    public const string CommandName = "http-generator";

    public string Name => "own generator, open loop";

    public ILoad Start(IPEndPoint server, LoadShape shape, TimeSpan duration, int? core) => GeneratorProcess.Start(
        CommandName,
        server,
        duration,
        core,
        isFirst,
        "--path", exchange.Path,
        "--connections", Text(shape.Connections),
        "--interval-ms", Text(intervalMs),
        "--offered", Text(shape.OfferedPerSecond ?? throw new ArgumentException("an open loop needs a pace", nameof(shape))));

    public void Verify(IPEndPoint server) => exchange.Verify(server);

    public void Prepare(IPEndPoint server)
    {
        // The answer is the server's own.
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
