using FlexSc.Measuring.Charts;

namespace FlexSc.LoadTests.Report;

/// <summary>A run's course as a picture: good iterations and failures per second, and their latency.</summary>
internal static class CourseChart
{
    /// <summary>Fewer are no course.</summary>
    private const int MinPoints = 2;

    /// <returns>The file's name in the folder; null when there is no course to draw.</returns>
    public static string? Write(string directory, ScenarioResult result)
    {
        if (result.Figures is not { } figures || figures.Course.Count < MinPoints)
        {
            return null;
        }

        string title = $"{result.Scenario} on {result.Server}";
        string file = $"course-{FileNames.Of(title)}.svg";
        ChartAxis rates = new("per second", [new ChartSeries("good iterations", Points(figures, interval => interval.OkPerSecond)), .. Failures(figures)]);
        ChartAxis latency = new("ms", [new ChartSeries("p99", [.. figures.Course
            .Where(interval => interval.P99Ms is not null).Select(interval => new ChartPoint(interval.ElapsedSeconds, interval.P99Ms!.Value))])]);
        SvgChart.SaveLines(Path.Combine(directory, file), title, "s since the start", rates, latency);
        return file;
    }

    private static IEnumerable<ChartSeries> Failures(EngineFigures figures)
    {
        if (figures.Course.All(interval => interval.FailCount == 0))
        {
            return [];
        }

        double before = 0;
        List<ChartPoint> points = [];
        foreach (CourseFigures interval in figures.Course)
        {
            points.Add(new ChartPoint(interval.ElapsedSeconds, interval.FailCount / Math.Max(interval.ElapsedSeconds - before, double.Epsilon)));
            before = interval.ElapsedSeconds;
        }

        return [new ChartSeries("failed iterations", points)];
    }

    private static ChartPoint[] Points(EngineFigures figures, Func<CourseFigures, double> y) =>
        [.. figures.Course.Select(interval => new ChartPoint(interval.ElapsedSeconds, y(interval)))];
}
