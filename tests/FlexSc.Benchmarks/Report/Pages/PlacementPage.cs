using System.Globalization;
using FlexSc.Measuring.Charts;
using FlexSc.PlacementModel.Model;
using FlexSc.PlacementModel.Scenarios;

namespace FlexSc.Benchmarks.Report.Pages;

/// <summary>The simulated part of docs/placement.md: made from a run, never by hand. What stands outside its marks stays.</summary>
internal static class PlacementPage
{
    public const string FileName = "placement.md";

    /// <summary>Requests in time, relative to the best split that stays, that the adaptive policy has to reach.</summary>
    public const double LeastRelative = 0.95;

    /// <summary>Decisions a second that it may make once it has settled.</summary>
    public const int MostDecisions = 1;

    private const string Begin = "<!-- simulated: written by tests/FlexSc.Benchmarks -- placement --write-docs -->\n";
    private const string End = "<!-- end -->\n";
    private const double Thousand = 1000;

    /// <summary>Writes it, and a chart for each scenario on the first machine, where syscall cores pay.</summary>
    public static void Write(IReadOnlyList<Comparison> comparisons, string docs)
    {
        string charts = Path.Combine(docs, "charts");
        Directory.CreateDirectory(charts);
        Markdown page = new();
        page.List(FiguresOf(CostFigures.Measured));
        foreach (IGrouping<string, Comparison> machine in comparisons.GroupBy(static comparison => comparison.Machine.Name))
        {
            page.Table(MachineTable(machine.Key, [.. machine.GroupBy(static comparison => comparison.Scenario.Name)]), headingLevel: 3);
        }

        foreach (Comparison comparison in comparisons.Where(first => first.Machine == comparisons[0].Machine && first.Figures != CostFigures.Measured))
        {
            string file = $"placement-{comparison.Scenario.Name.Replace(' ', '-').Replace("/", "", StringComparison.Ordinal)}.svg";
            Draw(comparison, Path.Combine(charts, file));
            page.Image($"{comparison.Scenario.Name}, {comparison.Machine.Name}, {comparison.Figures.Machine}", $"charts/{file}");
        }

        string path = Path.Combine(docs, FileName);
        string text = File.ReadAllText(path).ReplaceLineEndings("\n");
        int start = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        int end = text.IndexOf(End, start, StringComparison.Ordinal);
        File.WriteAllText(path, $"{text[..start]}\n{page}\n{text[end..]}");
    }

    /// <summary>What came out on one machine, by each of the costs: a group has a scenario's comparisons in the order of the costs.</summary>
    private static TextTable MachineTable(string machine, IReadOnlyList<IGrouping<string, Comparison>> scenarios)
    {
        TextTable table = new(
            machine,
            ["<scenario", "from s", .. scenarios[0].SelectMany(static comparison =>
            {
                string costs = comparison.Figures == CostFigures.Measured ? "measured costs" : "syscall cores pay";
                return new[] { $"{costs}: thousand requests/s", "<best split, loops + syscall cores", "relative to it", "decisions in a second" };
            })]);
        foreach (IGrouping<string, Comparison> scenario in scenarios)
        {
            for (int window = 0; window < scenario.First().Windows.Count; window++)
            {
                int row = window;
                table.Add(
                [
                    scenario.Key, Text(scenario.First().Windows[row].From, "0"), .. scenario.SelectMany(comparison =>
                    {
                        WindowComparison found = comparison.Windows[row];
                        return new[]
                        {
                            Text(found.Adaptive.Requests / Thousand, "0.0"), $"{found.BestSplit.Loops} + {found.BestSplit.SyscallCores}",
                            Text(found.Relative, "0.00"), comparison.DecisionsASecond.ToString(CultureInfo.InvariantCulture),
                        };
                    }),
                ]);
            }
        }

        return table;
    }

    /// <summary>What came out on one machine by one of the costs, with the CPU of a request.</summary>
    public static TextTable Table(string machine, string figures, IReadOnlyList<Comparison> comparisons)
    {
        TextTable table = new(
            $"{machine}, {figures}",
            "<scenario", "from s", "adaptive, thousand requests/s", "best split, the same", "<best split", "relative", "CPU us/request", "best split's",
            "decisions in a second");
        foreach (Comparison comparison in comparisons)
        {
            foreach (WindowComparison window in comparison.Windows)
            {
                table.Add(
                    comparison.Scenario.Name, Text(window.From, "0"), Text(window.Adaptive.Requests / Thousand, "0.0"),
                    Text(window.Best.Requests / Thousand, "0.0"), window.BestSplit.ToString(), Text(window.Relative, "0.00"),
                    Text(window.Adaptive.CpuMicroseconds, "0.0"), Text(window.Best.CpuMicroseconds, "0.0"),
                    comparison.DecisionsASecond.ToString(CultureInfo.InvariantCulture));
            }
        }

        return table;
    }

    private static void Draw(Comparison comparison, string file) => SvgChart.SaveLines(
        file, $"{comparison.Scenario.Name}: {comparison.Machine.Name}, {comparison.Figures.Machine}", "simulated seconds",
        new ChartAxis(
            "thousand requests/s in time",
            [
                Series(comparison, "requests", static point => point.Requests / Thousand),
                new ChartSeries("best split", [.. comparison.Windows.SelectMany((window, i) => new[]
                {
                    new ChartPoint(window.From, window.Best.Requests / Thousand),
                    new ChartPoint(comparison.Scenario.Windows[i].To, window.Best.Requests / Thousand),
                })]),
            ]),
        new ChartAxis("loops, syscall cores", [Series(comparison, "loops", static point => point.Loops), Series(comparison, "syscall cores", static point => point.SyscallCores)]));

    private static ChartSeries Series(
        Comparison comparison, string name,
        Func<(double Seconds, double Requests, int Loops, int SyscallCores), double> value) =>
        new(name, [.. comparison.Adaptive.Course.Select(point => new ChartPoint(point.Seconds, value(point)))]);

    private static IEnumerable<string> FiguresOf(CostFigures figures) =>
    [
        $"Measured on: {figures.Machine}.",
        $"Inline: {Text(figures.BatchNs, "0")} ns for a batch, {Text(figures.PollutionNs, "0")} ns for each call that the loop's own code runs longer.",
        $"On another core: {Text(figures.SubmitNs, "0")} ns for each call on the loop, {Text(figures.TransferNs, "0")} ns on that core.",
        $"A socket call on loopback {Text(figures.SocketCallNs, "0")} ns, a wake-up {Text(figures.WakeNs, "0")} ns.",
    ];

    private static string Text(double figure, string format) => figure.ToString(format, CultureInfo.InvariantCulture);
}
