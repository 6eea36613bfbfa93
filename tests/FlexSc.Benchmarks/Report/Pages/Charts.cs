using FlexSc.Benchmarks.Load;
using FlexSc.Benchmarks.Programme;
using ScottPlot;

namespace FlexSc.Benchmarks.Report.Pages;

/// <summary>The charts of a run, as SVG files. A chart whose figures the run does not have is not drawn.</summary>
internal sealed class Charts(RunReport report, string directory)
{
    private const int Width = 800;
    private const int Height = 420;
    private const float LineWidth = 2;
    private const float MarkerSize = 7;
    private const string FontName = "DejaVu Sans";
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

    private static IEnumerable<Series> ByPeer(IEnumerable<Row> rows, Func<Row, double> x) => rows
        .Where(row => row.RequestsPerSecond is not null)
        .GroupBy(row => row.Peer)
        .Select(peer => new Series(peer.Key, [.. peer.Select(row => new Point(x(row), row.RequestsPerSecond!.Median / Thousand))]));

    private IEnumerable<Series> Offered() => ByPeer(report.Group(HttpGroups.Offered)?.Rows ?? [], row => row.Shape.OfferedPerSecond!.Value / Thousand);

    private IEnumerable<Series> Concurrency(string group) => ByPeer(report.Group(group)?.Rows ?? [], row => row.Shape.Connections);

    private IEnumerable<Series> Echo() => report.Echo
        .Where(row => row.MessagesPerSecond is not null)
        .GroupBy(row => row.Variant)
        .Select(variant => new Series(variant.Key, [.. variant.Select(row => new Point(row.Clients, row.MessagesPerSecond!.Median / Thousand))]));

    private IEnumerable<Series> Batch() => report.Batch
        .Where(row => row.NsPerCall is not null)
        .GroupBy(row => row.Way)
        .Select(way => new Series(way.Key, [.. way.OrderBy(row => row.BatchSize).Select(row => new Point(row.BatchSize, row.NsPerCall!.Median))]));

    private void Bars(Dictionary<string, string> drawn, string file, string title, string group, LoadShape shape)
    {
        Row[] rows = [.. (report.Group(group)?.Rows ?? []).Where(row => row.Shape == shape && row.CpuUsPerRequest is not null)];
        if (rows.Length == 0)
        {
            return;
        }

        Plot plot = NewPlot(title);

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
        Save(plot, drawn, file, title);
    }

    private void Lines(Dictionary<string, string> drawn, string file, string title, string xLabel, string yLabel, IEnumerable<Series> series)
    {
        Series[] all = [.. series];
        if (all.Length == 0)
        {
            return;
        }

        Plot plot = NewPlot(title);
        foreach (Series one in all)
        {
            ScottPlot.Plottables.Scatter line = plot.Add.Scatter(one.Points.Select(point => point.X).ToArray(), one.Points.Select(point => point.Y).ToArray());
            line.LegendText = one.Name;
            line.LineWidth = LineWidth;
            line.MarkerSize = MarkerSize;
        }

        plot.XLabel(xLabel);
        plot.YLabel(yLabel);
        plot.ShowLegend(Alignment.UpperRight);
        plot.Axes.SetLimitsY(0, all.SelectMany(one => one.Points).Max(point => point.Y) * 1.1);
        Save(plot, drawn, file, title);
    }

    private static Plot NewPlot(string title)
    {
        Plot plot = new();
        plot.Title(title);
        return plot;
    }

    private void Save(Plot plot, Dictionary<string, string> drawn, string file, string title)
    {
        // Of what is in the plot by now.
        plot.Font.Set(FontName);
        plot.SaveSvg(Path.Combine(directory, file), Width, Height);
        drawn[file] = title;
    }

    private sealed record Series(string Name, IReadOnlyList<Point> Points);

    private readonly record struct Point(double X, double Y);
}
