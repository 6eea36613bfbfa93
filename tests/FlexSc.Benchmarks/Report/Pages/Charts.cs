using FlexSc.Benchmarks.Parts;
using FlexSc.Measuring.Charts;
using FlexSc.Measuring.Load;
using ScottPlot;

namespace FlexSc.Benchmarks.Report.Pages;

/// <summary>The charts of a run, as SVG files. A chart whose figures the run does not have is not drawn.</summary>
internal sealed class Charts(RunReport report, string directory)
{
    private const double Thousand = 1000;

    /// <summary>Draws all that can be drawn.</summary>
    /// <returns>Titles by file name, the names relative to the directory.</returns>
    public IReadOnlyDictionary<string, string> DrawAll()
    {
        Directory.CreateDirectory(directory);
        Dictionary<string, string> drawn = new(StringComparer.Ordinal);
        Bars(drawn, "http-cpu.svg", "HTTP hello, 128 connections: CPU per request", HttpGroups.Main, new LoadShape(HttpGroups.UsualConnections, 1));
        Bars(drawn, "kv-cpu.svg", "key-value, 50 connections: CPU per request", KvGroups.Main, new LoadShape(50, 1));
        Bars(drawn, "files-cpu.svg", "a file of 4 KiB, 128 connections: CPU per request", FileParts.Main, new LoadShape(HttpGroups.UsualConnections, 1));
        Lines(drawn, "http-offered.svg", "HTTP: answered over offered load", "offered, thousand requests/s", "answered, thousand requests/s", Offered());
        Lines(drawn, "kv-one-core.svg", "key-value over concurrency, one core", "concurrent requests", "thousand requests/s", Concurrency(KvGroups.ConcurrencyOneCore));
        Lines(drawn, "kv-all-cores.svg", "key-value over concurrency, both cores shared with the generator", "concurrent requests", "thousand requests/s", Concurrency(KvGroups.ConcurrencyAllCores));
        Lines(drawn, "echo.svg", "echo by Akka.IO's messages", "clients", "thousand messages/s", Echo());
        Lines(drawn, "batch.svg", "what one call costs", "calls in a batch", "ns for each call", Batch());
        return drawn;
    }

    private static IEnumerable<ChartSeries> ByPeer(IEnumerable<Row> rows, Func<Row, double> x) => rows
        .Where(row => row.RequestsPerSecond is not null)
        .GroupBy(row => row.Peer)
        .Select(peer => new ChartSeries(peer.Key, [.. peer.Select(row => new ChartPoint(x(row), row.RequestsPerSecond!.Median / Thousand))]));

    private IEnumerable<ChartSeries> Offered() => ByPeer(report.Group(HttpGroups.Offered)?.Rows ?? [], row => row.Shape.OfferedPerSecond!.Value / Thousand);

    private IEnumerable<ChartSeries> Concurrency(string group) => ByPeer(report.Group(group)?.Rows ?? [], row => row.Shape.Connections);

    private IEnumerable<ChartSeries> Echo() => report.Echo
        .Where(row => row.MessagesPerSecond is not null)
        .GroupBy(row => row.Variant)
        .Select(variant => new ChartSeries(variant.Key, [.. variant.Select(row => new ChartPoint(row.Clients, row.MessagesPerSecond!.Median / Thousand))]));

    private IEnumerable<ChartSeries> Batch() => report.Batch
        .Where(row => row.NsPerCall is not null)
        .GroupBy(row => row.Way)
        .Select(way => new ChartSeries(way.Key, [.. way.OrderBy(row => row.BatchSize).Select(row => new ChartPoint(row.BatchSize, row.NsPerCall!.Median))]));

    private void Bars(Dictionary<string, string> drawn, string file, string title, string group, LoadShape shape)
    {
        Row[] rows = [.. (report.Group(group)?.Rows ?? []).Where(row => row.Shape == shape && row.CpuUsPerRequest is not null)];
        if (rows.Length == 0)
        {
            return;
        }

        Plot plot = SvgChart.NewPlot(title);

        // Horizontal, the first of the table at the top: names are long.
        Bar[] bars =
        [
            .. rows.Select((row, index) => new Bar
            {
                Position = rows.Length - 1 - index,
                Value = row.CpuUsPerRequest!.Median,
                Error = (row.CpuUsPerRequest.Max - row.CpuUsPerRequest.Min) / 2,
                FillColor = Peers.PeerCatalog.IsFlexSc(row.Peer) ? Colors.SteelBlue : Colors.LightGray,
            }),
        ];
        plot.Add.Bars(bars).Horizontal = true;
        plot.Axes.Left.TickGenerator = new ScottPlot.TickGenerators.NumericManual(
            [.. bars.Select(bar => bar.Position)], [.. rows.Select(row => row.Peer)]);
        plot.Axes.Left.MajorTickStyle.Length = 0;
        plot.XLabel("us of server CPU per request, median; bars: half of the range");
        plot.Axes.Margins(left: 0);
        SvgChart.Save(plot, Path.Combine(directory, file));
        drawn[file] = title;
    }

    private void Lines(Dictionary<string, string> drawn, string file, string title, string xLabel, string yLabel, IEnumerable<ChartSeries> series)
    {
        ChartSeries[] all = [.. series];
        if (all.Length > 0)
        {
            SvgChart.SaveLines(Path.Combine(directory, file), title, xLabel, new ChartAxis(yLabel, all));
            drawn[file] = title;
        }
    }
}
