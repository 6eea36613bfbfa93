using FlexSc.Benchmarks.Run;
using FlexSc.Benchmarks.Targets;
using FlexSc.Measuring.Machine;
using Spectre.Console;

namespace FlexSc.Benchmarks.Report;

/// <summary>The figures as tables on standard output.</summary>
internal static class TerminalReport
{
    private const int RedirectedWidth = 220;

    public static void Write(RunReport report)
    {
        WidenIfRedirected();
        foreach (string line in Head(report))
        {
            Line(line);
        }

        foreach (TextTable table in AllTables(report))
        {
            Write(table);
        }

        foreach (string skipped in report.Skipped)
        {
            Line($"skipped: {skipped}");
        }

        foreach (PeerState peer in report.Groups.SelectMany(group => group.Peers).Where(peer => peer.StopFailure is not null))
        {
            Line($"{peer.Name}: {peer.StopFailure}");
        }

        Write(ReportTables.OfTargets(TargetTable.Evaluate(report), onlyMeasured: report.Command != "all" || report.Options.Quick));
    }

    /// <summary>The width of a file is nobody's to know.</summary>
    public static void WidenIfRedirected()
    {
        if (Console.IsOutputRedirected)
        {
            AnsiConsole.Profile.Width = RedirectedWidth;
        }
    }

    /// <summary>What the figures depend on.</summary>
    public static IEnumerable<string> Head(RunReport report)
    {
        MachineFacts machine = report.Machine;
        string changes = machine.UncommittedChanges switch { true => ", uncommitted changes", false => "", null => ", changes unknown" };
        yield return $"{machine.CpuModel}, {machine.Cores} cores, kernel {machine.Kernel}, {machine.DotnetRuntime}, SDK {machine.DotnetSdk}";
        yield return $"commit {machine.Commit}{changes}; {Describe(report.Options)}";
        yield return FormattableString.Invariant($"{report.Utc:yyyy-MM-dd HH:mm} UTC, {report.DurationSeconds / 60:0.0} minutes, {report.Options.Rounds} rounds of {report.Options.Seconds} s for each cell");
        if (report.Programs.Count > 0)
        {
            yield return string.Join("; ", report.Programs.Select(program => $"{program.Key}: {program.Value}"));
        }

        foreach (PeerState peer in report.Groups.SelectMany(group => group.Peers).Where(peer => peer.Description.Length > 0).DistinctBy(peer => (peer.Name, peer.Description)))
        {
            yield return $"{peer.Name}: {peer.Description}";
        }

        if (report.Options.Quick)
        {
            yield return "quick run: warm-up and rounds are too few for figures worth quoting, it shows that everything works";
        }
    }

    public static IEnumerable<TextTable> AllTables(RunReport report) =>
    [
        .. report.Groups.SelectMany(group => ReportTables.OfGroup(group, report.TrapCounter)),
        .. If(report.Freshness, ReportTables.OfFreshness),
        .. If(report.Fio, ReportTables.OfFio),
        .. If(report.FileReads, ReportTables.OfFileReads),
        .. If(report.Echo, ReportTables.OfEcho),
        .. If(report.Transfers, TransferTable.Of),
        .. If(report.Connections, ReportTables.OfConnections),
        .. If(report.Idle, ReportTables.OfIdle),
        .. If(report.Batch, ReportTables.OfBatch),
        .. If(report.PingPong, ReportTables.OfPingPong),
        .. If(report.ApacheBench, ReportTables.OfApacheBench),
        .. If(report.Instructions, ReportTables.OfInstructions),
    ];

    public static void Line(string text) => AnsiConsole.WriteLine(text);

    private static IEnumerable<TextTable> If<T>(IReadOnlyList<T> rows, Func<IReadOnlyList<T>, TextTable> table) => rows.Count > 0 ? [table(rows)] : [];

    private static string Describe(RunOptions options) => options.ServerCore is null ? "server and generator not pinned"
        : options.OneCore ? $"server and generator share core {options.ServerCore}: throughput and latency say nothing"
        : $"server on core {options.ServerCore}, generator on core {options.GeneratorCore} unless a table says otherwise";

    /// <summary>A table by itself.</summary>
    public static void Write(TextTable table)
    {
        Table grid = new() { Title = new TableTitle(Markup.Escape(table.Title)), Border = TableBorder.Markdown };
        for (int column = 0; column < table.Columns.Length; column++)
        {
            TableColumn header = new(Markup.Escape(table.Header(column)));
            grid.AddColumn(column == 0 ? header.NoWrap() : table.IsWords(column) ? header : header.RightAligned());
        }

        foreach (string[] row in table.Rows)
        {
            grid.AddRow([.. row.Select(Markup.Escape)]);
        }

        AnsiConsole.Write(grid);
        table.Notes.ForEach(Line);
        Line("");
    }
}
