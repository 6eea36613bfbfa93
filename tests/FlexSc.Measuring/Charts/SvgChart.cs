using ScottPlot;

namespace FlexSc.Measuring.Charts;

/// <summary>Charts of one look, as SVG files.</summary>
internal static class SvgChart
{
    private const int Width = 800;
    private const int Height = 420;
    private const float LineWidth = 2;
    private const float MarkerSize = 7;
    private const double HeadRoom = 1.1;
    private const string FontName = "DejaVu Sans";

    public static Plot NewPlot(string title)
    {
        Plot plot = new();
        plot.Title(title);
        return plot;
    }

    public static void Save(Plot plot, string file)
    {
        // Of what is in the plot by now.
        plot.Font.Set(FontName);
        plot.SaveSvg(file, Width, Height);
    }

    /// <summary>Draws lines over one x axis.</summary>
    /// <param name="file">The SVG file.</param>
    /// <param name="title">Above the chart.</param>
    /// <param name="xLabel">Below it.</param>
    /// <param name="left">The axis that counts; at least one series with a point.</param>
    /// <param name="right">A second axis with a scale of its own; null for none.</param>
    public static void SaveLines(string file, string title, string xLabel, ChartAxis left, ChartAxis? right = null)
    {
        Plot plot = NewPlot(title);
        Add(plot, left, plot.Axes.Left);
        if (right is not null)
        {
            Add(plot, right, plot.Axes.Right);
        }

        plot.XLabel(xLabel);
        plot.ShowLegend(Alignment.UpperRight);
        Save(plot, file);
    }

    private static void Add(Plot plot, ChartAxis axis, IYAxis yAxis)
    {
        foreach (ChartSeries series in axis.Series)
        {
            ScottPlot.Plottables.Scatter line = plot.Add.Scatter(
                series.Points.Select(point => point.X).ToArray(), series.Points.Select(point => point.Y).ToArray());
            line.LegendText = series.Name;
            line.LineWidth = LineWidth;
            line.MarkerSize = MarkerSize;
            line.Axes.YAxis = yAxis;
        }

        yAxis.Label.Text = axis.Label;
        double highest = axis.Series.SelectMany(series => series.Points).Select(point => point.Y).DefaultIfEmpty(1).Max();
        yAxis.Min = 0;
        yAxis.Max = highest > 0 ? highest * HeadRoom : 1;
    }
}

/// <summary>What one y axis is for.</summary>
internal sealed record ChartAxis(string Label, IReadOnlyList<ChartSeries> Series);

/// <summary>One line.</summary>
internal sealed record ChartSeries(string Name, IReadOnlyList<ChartPoint> Points);

internal readonly record struct ChartPoint(double X, double Y);
