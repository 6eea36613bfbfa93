using System.Globalization;
using System.Text.RegularExpressions;
using FlexSc.Benchmarks.Peers;
using FlexSc.Benchmarks.Report;
using FlexSc.Benchmarks.Run;
using FlexSc.Measuring;
using FlexSc.Measuring.Load;
using FlexSc.Measuring.Processes;
using FlexSc.Measuring.Servers;

namespace FlexSc.Benchmarks.Parts;

/// <summary>Latency as the slides' last figure has it: by ApacheBench, which sends HTTP/1.0 and uses one core fully itself.</summary>
internal sealed partial class ApacheBenchPart(RunOptions options) : IPart
{
    private const int Concurrency = 128;
    private const int KeepAliveRequests = 30_000;
    private const int ConnectingRequests = 5_000;
    private const double SecondsForEach = 5;
    private static readonly string[] Names = [PeerNames.AkkaIo, PeerNames.Kestrel, PeerNames.NginxReturn, PeerNames.IoUringPooled];
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly PeerPlace _place = new Cores(options).One;
    private readonly IReadOnlyList<Peer> _peers = [.. PeerCatalog.Http.Where(peer => Names.Contains(peer.Name) && options.Includes(peer.Name))];

    public string Title => FormattableString.Invariant($"latency by ApacheBench, {Concurrency} at a time");

    public double EstimatedSeconds => _peers.Count * SecondsForEach;

    public RunReport Run(RunReport soFar)
    {
        Progress.Write($"== {Title}");
        return soFar with { ApacheBench = [.. _peers.SelectMany(RunOne)] };
    }

    private IReadOnlyList<ApacheBenchRow> RunOne(Peer peer)
    {
        using PeerServer started = PeerServer.Start(peer.Name, peer, _place);
        if (started.Server is not { } server)
        {
            return [new ApacheBenchRow(peer.Name, true, null, null, null, null, null, $"not available: {started.Unavailable}")];
        }

        // The first run of each is the warm-up.
        return
        [
            .. ((bool[])[true, false]).Select(keepAlive =>
            {
                _ = Measure(peer.Name, server, keepAlive);
                return Measure(peer.Name, server, keepAlive);
            }),
        ];
    }

    private ApacheBenchRow Measure(string peer, ServerProcess server, bool keepAlive)
    {
        try
        {
            int requests = keepAlive ? KeepAliveRequests : ConnectingRequests;
            string[] command =
            [
                .. ServerLaunch.Pinned(options.GeneratorCore), Packages.Require("ab"), "-q", "-n", Text(requests), "-c", Text(Concurrency),
                .. keepAlive ? ["-k"] : (string[])[], $"http://{server.EndPoint}{HttpExchange.Hello.Path}",
            ];
            ProgramResult result = Programs.Run(command[0], command.Skip(1), Limit);
            return result.ExitCode == 0
                ? Parse(peer, keepAlive, result.Output)
                : new ApacheBenchRow(peer, keepAlive, null, null, null, null, null, $"ab: {result.Error.Trim().Split('\n')[^1]}");
        }
        catch (MeasurementException failure)
        {
            return new ApacheBenchRow(peer, keepAlive, null, null, null, null, null, failure.Message);
        }
    }

    /// <summary>Reads what ab prints. Its percentiles are whole milliseconds.</summary>
    /// <exception cref="MeasurementException">It is not what ab prints.</exception>
    public static ApacheBenchRow Parse(string peer, bool keepAlive, string output)
    {
        double? failed = First(FailedPattern(), output);
        double? kept = First(KeepAlivePattern(), output);
        double? complete = First(CompletePattern(), output);
        string? remark = failed is > 0 ? FormattableString.Invariant($"{failed} requests failed")
            : keepAlive && kept < complete ? FormattableString.Invariant($"the connection was kept after {kept ?? 0} of {complete} requests")
            : null;
        return First(MeanPattern(), output) is { } mean
            ? new ApacheBenchRow(
                peer, keepAlive, First(RatePattern(), output), mean,
                Percentile(output, 50), Percentile(output, 90), Percentile(output, 99), remark)
            : throw new MeasurementException($"the output of ab is not understood: {output.Trim()}");
    }

    private static double? Percentile(string output, int percent) =>
        PercentilePattern().Matches(output).Where(match => match.Groups[1].Value == Text(percent)).Select(match => (double?)Number(match.Groups[2])).FirstOrDefault();

    private static double? First(Regex pattern, string output) => pattern.Match(output) is { Success: true } match ? Number(match.Groups[1]) : null;

    private static double Number(System.Text.RegularExpressions.Group group) => double.Parse(group.Value, CultureInfo.InvariantCulture);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^Failed requests:\s+(\d+)", RegexOptions.Multiline)]
    private static partial Regex FailedPattern();

    [GeneratedRegex(@"^Keep-Alive requests:\s+(\d+)", RegexOptions.Multiline)]
    private static partial Regex KeepAlivePattern();

    [GeneratedRegex(@"^Complete requests:\s+(\d+)", RegexOptions.Multiline)]
    private static partial Regex CompletePattern();

    [GeneratedRegex(@"^Requests per second:\s+([\d.]+)", RegexOptions.Multiline)]
    private static partial Regex RatePattern();

    [GeneratedRegex(@"^Time per request:\s+([\d.]+) \[ms\] \(mean\)", RegexOptions.Multiline)]
    private static partial Regex MeanPattern();

    [GeneratedRegex(@"^\s+(\d+)%\s+(\d+)", RegexOptions.Multiline)]
    private static partial Regex PercentilePattern();
}
