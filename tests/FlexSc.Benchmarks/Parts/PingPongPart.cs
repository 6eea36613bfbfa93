using System.Globalization;
using FlexSc.Benchmarks.Report;
using FlexSc.Benchmarks.Run;
using FlexSc.Measuring;
using FlexSc.Measuring.Servers;

namespace FlexSc.Benchmarks.Parts;

/// <summary>Pairs of actors that tell each other, on each dispatcher in turn, in one process and on all cores.</summary>
internal sealed class PingPongPart(RunOptions options) : IPart
{
    public const string Default = "akka.actor.default-dispatcher";
    public const string OneLoop = "flexsc.dispatcher, a pair on one loop";

    private const int Pairs = 4;
    private const int WindowMs = 400;
    private const int Dispatchers = 5;
    private const double OverheadSeconds = 0.15;
    private static readonly PeerProgram<Line> Program = new("DispatcherPingPong");

    public string Title => "dispatchers: ping-pong";

    public double EstimatedSeconds => 1 + ((options.Rounds + 1) * Dispatchers * ((WindowMs / 1000.0) + OverheadSeconds));

    public RunReport Run(RunReport soFar) => Program.Run(
        soFar,
        Title,
        [.. ServerLaunch.Pinned(new Cores(options).BothCores)],
        [Text(options.Rounds), Text(Pairs), Text(WindowMs)],
        (report, lines) => report with { PingPong = Rows(lines) });

    /// <summary>One line for each dispatcher and round, the rounds one after the other.</summary>
    /// <exception cref="MeasurementException">A line is not what was agreed on.</exception>
    public static IReadOnlyList<PingPongRow> Parse(string output) => Rows(Program.Parse(output));

    private static IReadOnlyList<PingPongRow> Rows(IReadOnlyList<Line> lines)
    {
        double[] standard = [.. lines.Where(line => line.Dispatcher == Default).Select(line => line.MessagesPerSecond)];
        return
        [
            .. lines.GroupBy(line => line.Dispatcher).Select(group => new PingPongRow(
                group.Key,
                Spread.Of(group.Select(line => line.MessagesPerSecond)),
                group.Key == Default ? null : Spread.Of(group.Zip(standard, (line, reference) => line.MessagesPerSecond / reference)),
                Spread.Of(group.Select(line => line.AllocatedBytesPerMessage)),
                null)),
        ];
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed record Line(string Dispatcher, double MessagesPerSecond, double AllocatedBytesPerMessage);
}
