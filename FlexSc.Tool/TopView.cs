using System.Globalization;
using FlexSc.Akka.Diagnostics;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Linux;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace FlexSc.Tool;

/// <summary>Two reports of one actor system as people see them: the newer one, and what happened since the older one.</summary>
internal sealed class TopView
{
    /// <summary>Everything is shown.</summary>
    public const int NoHeightLimit = int.MaxValue;

    /// <summary>Columns from which there is room for more than the most important.</summary>
    private const int WideColumns = 180;

    /// <summary>Lines besides those of loops, syscall cores, actors and decisions: three of the head, titles, and how many loops are left out.</summary>
    private const int FixedLines = 8;

    /// <summary>Parts below the loops: busiest actors, evicted ones, decisions.</summary>
    private const int PartCount = 3;

    private const int LeastLoops = 2;

    private static readonly Style Title = new(foreground: Color.Aqua);
    private static readonly Style Warning = new(foreground: Color.Yellow);

    private readonly FlexReport _report;
    private readonly Dictionary<int, FlexRates> _rates;

    public TopView(FlexReport before, FlexReport report)
    {
        _report = report;

        // The first look has nothing to compare with.
        _rates = before.ClockSeconds < report.ClockSeconds ? FlexRates.Between(before, report).ToDictionary(static rates => rates.Index) : [];
    }

    /// <summary>Whether two reports are of one actor system.</summary>
    public static bool IsSame(FlexReport one, FlexReport other) => one.ProcessId == other.ProcessId && one.System == other.System;

    /// <summary>The view.</summary>
    /// <param name="width">Columns there are.</param>
    /// <param name="height">Lines there are; what is beyond is left out.</param>
    public IRenderable Render(int width, int height)
    {
        List<IRenderable> lines =
        [
            Line(Head(), Title, width),
            Line(BackendText(), _report.Backend?.IsFallback == true ? Warning : Style.Plain, width),
            Line(Totals(), Style.Plain, width),
        ];
        if (_report.Loops.Count > 0)
        {
            AddLoops(lines, width, height);
        }

        return new Rows(lines);
    }

    private void AddLoops(List<IRenderable> lines, int width, int height)
    {
        // Loops have what the others' first lines leave, and the others share what the loops leave.
        int room = height == NoHeightLimit ? height : Math.Max(PartCount + LeastLoops, height - FixedLines - _report.SyscallCores.Count);
        int loops = Math.Min(_report.Loops.Count, room - PartCount);
        int each = (room - loops) / PartCount;
        lines.Add(LoopTable(loops, width >= WideColumns ? LoopColumn.Wide : LoopColumn.Narrow));
        if (loops < _report.Loops.Count)
        {
            lines.Add(new Text($"and {_report.Loops.Count - loops} more loops"));
        }

        lines.AddRange(_report.SyscallCores.Select(core => Line(TextOf(core), Style.Plain, width)));
        AddPart(lines, "busiest actors", _report.BusiestActors.Select(TextOf), each, width);
        AddPart(lines, $"evicted actors: {_report.EvictedActorCount}", _report.EvictedActors.Select(TextOf), each, width);
        AddPart(lines, PlacementTitle(), (_report.Placement?.Decisions ?? []).Select(TextOf), each, width);
    }

    private string Head() => string.Create(
        CultureInfo.InvariantCulture, $"{_report.Program}  process {_report.ProcessId}  system {_report.System}  {_report.Time.LocalDateTime:HH:mm:ss}");

    private string BackendText() => _report switch
    {
        { NotRunningReason: { } reason } => $"FlexSC does not run: {reason}",
        { Backend: { } backend } => $"backend {backend.Chosen}: {string.Join("; ", [backend.Reason, .. backend.Remedies])}",
        _ => "the loops have not started",
    };

    private string Totals()
    {
        double entries = _rates.Values.Sum(static rates => rates.EntriesPerSecond);
        double traps = _rates.Values.Sum(static rates => rates.TrapsPerSecond);
        return $"{CoresText()}  loops {_report.Loops.Count}  connections {_report.Loops.Sum(static loop => loop.Connections)}  "
            + $"calls/s {ShortText.Of(entries)}  traps/s {ShortText.Of(traps)}  batch {ShortText.Of(traps > 0 ? entries / traps : 0)}";
    }

    private string CoresText() => _report.Allowance switch
    {
        null => "cores unknown",
        { Quota.Cores: double quota } allowance => string.Create(CultureInfo.InvariantCulture, $"cores {CpuList.Format(allowance.Cpus)}, quota {quota:0.##}"),
        { } allowance => $"cores {CpuList.Format(allowance.Cpus)}",
    };

    private Table LoopTable(int count, IReadOnlyList<LoopColumn> columns)
    {
        Table table = new Table().Border(TableBorder.None);
        foreach (LoopColumn column in columns)
        {
            TableColumn made = new TableColumn(new Text(column.Name, Title)).NoWrap().PadLeft(0).PadRight(1);
            table.AddColumn(column.IsNumber ? made.RightAligned() : made);
        }

        foreach (LoopReport loop in _report.Loops.Take(count))
        {
            Style style = loop.IsHeldUp || loop.GivenUp is not null || loop.HasFailed ? Warning : Style.Plain;
            table.AddRow(columns.Select(column => new Text(column.Text(loop, _rates.GetValueOrDefault(loop.Index)), style)));
        }

        return table;
    }

    private string PlacementTitle() => _report.Placement is { } placement
        ? $"placement {placement.Policy}: {placement.OpenLoops} of {_report.Loops.Count} loops get new work, {placement.SyscallCores.Count} syscall cores"
        : "placement does not run";

    private static string TextOf(BusyActor actor) =>
        string.Create(CultureInfo.InvariantCulture, $"loop {actor.Loop,-4} {ShortText.Percent(actor.Share),4} {actor.Path}");

    private static string TextOf(ActorEvicted actor)
    {
        string reason = actor.Reason switch
        {
            EvictionReason.Stall => "blocked",
            EvictionReason.SlowRuns => "slow runs",
            _ => "asked for",
        };
        return string.Create(CultureInfo.InvariantCulture, $"loop {actor.Loop,-4} {reason,-9} {actor.Path}");
    }

    private static string TextOf(DecisionReport decision) => $"{ShortText.Of(decision.SecondsAgo),5} s ago  {decision.Reason}";

    private static string TextOf(SyscallCoreReport core) => core.CpuSeconds is double seconds
        ? string.Create(CultureInfo.InvariantCulture, $"syscall core {core.Cpu}: {core.Kind}, {seconds:0.0} s of CPU so far")
        : string.Create(CultureInfo.InvariantCulture, $"syscall core {core.Cpu}: {core.Kind}");

    private static void AddPart(List<IRenderable> lines, string title, IEnumerable<string> texts, int most, int width)
    {
        lines.Add(Line(title, Title, width));
        lines.AddRange(texts.Take(most).Select(text => Line(text, Style.Plain, width)));
    }

    /// <summary>One line: a longer text would push others off the screen.</summary>
    private static Text Line(string text, Style style, int width) => new(ShortText.BeginOf(text, width), style);
}
