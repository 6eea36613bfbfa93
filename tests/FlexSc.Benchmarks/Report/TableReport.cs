using System.Globalization;
using FlexSc.Benchmarks.Load;
using FlexSc.Benchmarks.Run;
using FlexSc.Benchmarks.Setup;
using Spectre.Console;

namespace FlexSc.Benchmarks.Report;

/// <summary>The figures as tables on standard output.</summary>
internal static class TableReport
{
    private const int RedirectedWidth = 200;
    private const string Missing = "-";

    /// <summary>Gives tables room where standard output is a file, whose width nobody knows.</summary>
    public static void Prepare()
    {
        if (Console.IsOutputRedirected)
        {
            AnsiConsole.Profile.Width = RedirectedWidth;
        }
    }

    public static void WriteMachine(MachineFacts machine, string pinning)
    {
        string changes = machine.UncommittedChanges switch { true => ", uncommitted changes", false => "", null => ", changes unknown" };
        Line($"{machine.CpuModel}, {machine.Cores} cores, kernel {machine.Kernel}, {machine.DotnetRuntime}, wrk: {machine.WrkVersion}");
        Line($"commit {machine.Commit}{changes}; {pinning}");
    }

    public static void WriteRows(string title, IReadOnlyList<Row> rows, LoadShape shape, string trapCounter)
    {
        Table table = NewTable($"{title}, {shape}");
        AddColumns(table, "CPU us/request", "x akka-io", "traps/request", "bytes/request", "switches/request", "requests/s", "x akka-io", "p50 us", "p99 us", "server %", "generator %");
        table.AddColumn("remarks");
        foreach (Row row in rows.Where(row => row.Shape == shape))
        {
            AddRow(
                table,
                row.Variant,
                Range(row.CpuUsPerRequest, "0.00"),
                Median(row.CpuRatio, "0.00"),
                row.Traps.PerRequest?.ToString("0.00", CultureInfo.InvariantCulture) ?? Missing,
                Median(row.AllocatedBytesPerRequest, "0.0"),
                Median(row.ContextSwitchesPerRequest, "0.000"),
                Range(row.RequestsPerSecond, "0"),
                Median(row.ThroughputRatio, "0.00"),
                Median(row.P50Us, "0"),
                Median(row.P99Us, "0"),
                Median(row.ServerPercent, "0"),
                Median(row.GeneratorPercent, "0"),
                Short(row.Remarks));
        }

        AnsiConsole.Write(table);
        WriteLongRemarks(rows.Where(row => row.Shape == shape).Select(row => (row.Variant, row.Remarks)));
        foreach (Row row in rows.Where(row => row.Shape == shape && row.GoodRounds > 0 && row.Traps.PerRequest is null))
        {
            Line($"traps of {row.Variant}: {row.Traps.Source}");
        }

        Line($"median (smallest-largest) of the rounds; traps counted by {trapCounter}");
    }

    public static void WriteTargets(IReadOnlyList<Target> targets)
    {
        Table table = NewTable("Targets: one core, loopback, 128 connections, no pipelining");
        table.AddColumn("figure");
        AddColumns(table, "bound", "measured");
        table.AddColumn("verdict");
        table.AddColumn("note");
        foreach (Target target in targets)
        {
            string measured = target.Measured?.ToString("0.00", CultureInfo.InvariantCulture) ?? Missing;
            AddRow(table, target.Subject, target.Figure, $"<= {target.Bound.ToString("0.##", CultureInfo.InvariantCulture)}", measured, target.Verdict, target.Note);
        }

        AnsiConsole.Write(table);
    }

    public static void WriteIdle(string title, IReadOnlyList<IdleResult> results)
    {
        Table table = NewTable(title);
        AddColumns(table, "CPU % of a core", "switches/s", "memory/connection, bytes", "memory before, MiB");
        table.AddColumn("target");
        table.AddColumn("remarks");
        foreach (IdleResult result in results)
        {
            AddRow(
                table,
                result.Variant,
                Number(result.CpuPercent, "0.000"),
                Number(result.ContextSwitchesPerSecond, "0.0"),
                Number(result.BytesPerConnection, "0"),
                Number(result.ResidentMiBBefore, "0.0"),
                result.Verdict,
                Short(result.Remarks));
        }

        AnsiConsole.Write(table);
        WriteLongRemarks(results.Select(result => (result.Variant, result.Remarks)));
    }

    /// <summary>What each server says about its backend and cores.</summary>
    public static void WriteDescriptions(IEnumerable<(string Variant, string Description)> variants)
    {
        foreach ((string variant, string description) in variants.Where(variant => variant.Description.Length > 0))
        {
            Line($"{variant}: {description}");
        }
    }

    public static void WriteStopFailures(IEnumerable<VariantState> variants)
    {
        foreach (VariantState variant in variants.Where(variant => variant.StopFailure is not null))
        {
            Line($"{variant.Name}: {variant.StopFailure}");
        }
    }

    public static void Line(string text) => AnsiConsole.WriteLine(text);

    private static Table NewTable(string title)
    {
        Table table = new() { Title = new TableTitle(Markup.Escape(title)), Border = TableBorder.Markdown };
        table.AddColumn(new TableColumn("variant").NoWrap());
        return table;
    }

    // A remark is "what: why". The table has room for the first part.
    private static string Short(IEnumerable<string> remarks) =>
        string.Join("; ", remarks.Select(remark => remark.Split(':')[0]).Distinct());

    private static void WriteLongRemarks(IEnumerable<(string Variant, IReadOnlyList<string> Remarks)> rows)
    {
        foreach ((string variant, IReadOnlyList<string> remarks) in rows)
        {
            foreach (string remark in remarks.Where(remark => remark.Contains(':', StringComparison.Ordinal)))
            {
                Line($"{variant}: {remark}");
            }
        }
    }

    private static void AddColumns(Table table, params string[] names)
    {
        foreach (string name in names)
        {
            table.AddColumn(new TableColumn(Markup.Escape(name)).RightAligned());
        }
    }

    private static void AddRow(Table table, params string[] cells) => table.AddRow([.. cells.Select(Markup.Escape)]);

    private static string Range(Spread? spread, string format) => spread is null || spread.Min == spread.Max ? Median(spread, format)
        : string.Create(CultureInfo.InvariantCulture, $"{spread.Median.ToString(format, CultureInfo.InvariantCulture)} ({spread.Min.ToString(format, CultureInfo.InvariantCulture)}-{spread.Max.ToString(format, CultureInfo.InvariantCulture)})");

    private static string Median(Spread? spread, string format) => Number(spread?.Median, format);

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? Missing;
}
