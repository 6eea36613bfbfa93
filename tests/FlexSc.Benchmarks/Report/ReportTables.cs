using System.Globalization;
using FlexSc.Benchmarks.Parts;
using FlexSc.Benchmarks.Run;
using FlexSc.Benchmarks.Targets;
using FlexSc.Measuring.Load;
using static FlexSc.Benchmarks.Report.Figures;

namespace FlexSc.Benchmarks.Report;

/// <summary>The figures of a run as tables: the same ones for the terminal and for the page.</summary>
internal static class ReportTables
{
    public const string NeverEven = "never";

    public static IEnumerable<TextTable> OfGroup(GroupReport group, string trapCounter) =>
        group.Rows.Select(row => row.Shape).Distinct().Select(shape => OfShape(group, shape, trapCounter));

    public static TextTable OfShape(GroupReport group, LoadShape shape, string trapCounter)
    {
        TextTable table = new(
            $"{group.Title}, {shape}",
            "<peer", "CPU us/request", $"x {group.Baseline}", "traps/request", "bytes/request", "switches/request", "requests/s", "x requests/s",
            "p50 us", "p99 us", "p99.9 us", "server %", "generator %", "<remarks");
        Row[] rows = [.. group.Rows.Where(row => row.Shape == shape)];
        foreach (Row row in rows)
        {
            table.Add(
                row.Peer,
                Range(row.CpuUsPerRequest, "0.00"),
                Median(row.CpuRatio, "0.00"),
                Number(row.Traps.PerRequest, "0.000"),
                Median(row.AllocatedBytesPerRequest, "0.0"),
                Median(row.ContextSwitchesPerRequest, "0.000"),
                Range(row.RequestsPerSecond, "0"),
                Median(row.ThroughputRatio, "0.00"),
                Median(row.P50Us, "0"),
                Median(row.P99Us, "0"),
                Median(row.P999Us, "0"),
                Median(row.ServerPercent, "0"),
                Median(row.GeneratorPercent, "0"),
                Short(row.Remarks));
        }

        AddLongRemarks(table, rows.Select(row => (row.Peer, row.Remarks)));
        bool counted = rows.Any(row => row.Traps.PerRequest is not null);
        string traps = counted ? $"; traps counted by {trapCounter}" : "";
        table.Notes.Add($"median (smallest-largest) of {rows.Max(row => row.GoodRounds)} rounds; load: {group.Generator}{traps}");
        return table;
    }

    /// <param name="targets">All of them.</param>
    /// <param name="onlyMeasured">Whether the run was of one subject, so that the others are counted instead of shown.</param>
    public static TextTable OfTargets(IReadOnlyList<TargetResult> targets, bool onlyMeasured = false)
    {
        TextTable table = new("Targets", "<work", "<figure", "bound", "measured", "<verdict", "<note");
        foreach (TargetResult target in targets.Where(target => !onlyMeasured || target.Value is not null))
        {
            string sign = target.AtLeast ? ">=" : "<=";
            table.Add(
                target.Work, target.Figure, $"{sign} {Number(target.Bound, "0.##")}", Number(target.Value, target.Value is > 100 ? "0" : "0.###"), target.Verdict, target.Note);
        }

        string counts = string.Join(", ", ((string[])[Verdicts.Met, Verdicts.MetInEveryRound, Verdicts.Missed, Verdicts.MissedInEveryRound, Verdicts.NotMeasured])
            .Select(verdict => string.Create(CultureInfo.InvariantCulture, $"{targets.Count(target => target.Verdict == verdict)} {verdict}")));
        table.Notes.Add($"{targets.Count} targets: {counts}. A cell whose rounds lie too far apart has no figure to decide by: such a target is met or missed only if it is in every single round, and not measured otherwise.");
        if (onlyMeasured)
        {
            table.Notes.Add("Targets without a figure in this run are left out here: the command all shows every one.");
        }

        return table;
    }

    public static TextTable OfEcho(IReadOnlyList<EchoRow> rows)
    {
        TextTable table = new(
            "echo by Akka.IO's messages, 10 B in bursts of 20, server and clients in one process on all cores",
            "clients", "<sockets", "messages/s", "x akka-io", "CPU us/message", "bytes/message", "x akka-io (bytes)", "<remarks");
        foreach (EchoRow row in rows)
        {
            table.Add(
                Number(row.Clients, "0"), row.Variant, Range(row.MessagesPerSecond, "0"), Range(row.Speedup, "0.00"),
                Median(row.CpuUsPerMessage, "0.00"), Median(row.AllocatedBytesPerMessage, "0.0"), Median(row.AllocatedRatio, "0.00"), row.Remark ?? "");
        }

        table.Notes.Add("flexsc: the redirect mailbox alone; flexsc-actors: all actors on FlexSC's dispatcher as well");
        return table;
    }

    public static TextTable OfConnections(IReadOnlyList<ConnectionsRow> rows)
    {
        TextTable table = new(
            string.Create(CultureInfo.InvariantCulture, $"{rows[0].Connections} connections, {rows[0].Active} of them active"),
            "<peer", "CPU us/request", $"with {rows[0].FewConnections} only", "ratio", "bytes/idle connection", "<remarks");
        foreach (ConnectionsRow row in rows)
        {
            table.Add(
                row.Peer, Range(row.CpuUsPerRequest, "0.00"), Range(row.CpuUsPerRequestFew, "0.00"), Median(row.CostRatio, "0.00"),
                Number(row.BytesPerIdleConnection, "0"), row.Remark ?? "");
        }

        return table;
    }

    public static TextTable OfIdle(IReadOnlyList<IdleResult> rows)
    {
        TextTable table = new(
            string.Create(CultureInfo.InvariantCulture, $"{rows[0].Service}: {rows[0].Connections} silent connections"),
            "<peer", "CPU % of a core", "switches/s", "bytes/connection", "memory before, MiB", "<remarks");
        foreach (IdleResult row in rows)
        {
            table.Add(
                row.Peer, Number(row.CpuPercent, "0.000"), Number(row.ContextSwitchesPerSecond, "0.0"), Number(row.BytesPerConnection, "0"),
                Number(row.ResidentMiBBefore, "0.0"), Short(row.Remarks));
        }

        AddLongRemarks(table, rows.Select(row => (row.Peer, row.Remarks)));
        return table;
    }

    public static TextTable OfBatch(IReadOnlyList<BatchRow> rows)
    {
        int[] sizes = [.. rows.Where(row => row.NsPerCall is not null).Select(row => row.BatchSize).Distinct().Order()];
        TextTable table = new("ns for each call, by calls in a batch", ["<way", .. sizes.Select(size => Number(size, "0")), "even with the trap at"]);
        foreach (IGrouping<string, BatchRow> way in rows.GroupBy(row => row.Way))
        {
            table.Add([way.Key, .. sizes.Select(size => Median(way.FirstOrDefault(row => row.BatchSize == size)?.NsPerCall, "0")), BreakEven(rows, way.Key)]);
            table.Notes.AddRange(way.Where(row => row.Remark is not null).Select(row => $"{row.Way}: {row.Remark}"));
        }

        return table;
    }

    /// <summary>The smallest batch whose calls cost no more than traps, which are the first way.</summary>
    public static string BreakEven(IReadOnlyList<BatchRow> rows, string way)
    {
        string trap = rows[0].Way;
        if (way == trap)
        {
            return Missing;
        }

        foreach (BatchRow row in rows.Where(row => row.Way == way).OrderBy(row => row.BatchSize))
        {
            double? reference = rows.FirstOrDefault(other => other.Way == trap && other.BatchSize == row.BatchSize)?.NsPerCall?.Median;
            if (row.NsPerCall?.Median <= reference)
            {
                return Number(row.BatchSize, "0");
            }
        }

        return NeverEven;
    }

    public static TextTable OfPingPong(IReadOnlyList<PingPongRow> rows)
    {
        TextTable table = new("dispatchers: four pairs of actors that tell each other, all cores", "<dispatcher", "messages/s", "x default", "bytes/message", "<remarks");
        foreach (PingPongRow row in rows)
        {
            table.Add(row.Dispatcher, Range(row.MessagesPerSecond, "0"), Range(row.Speedup, "0.00"), Median(row.AllocatedBytesPerMessage, "0.000"), row.Remark ?? "");
        }

        return table;
    }

    public static TextTable OfApacheBench(IReadOnlyList<ApacheBenchRow> rows)
    {
        TextTable table = new("latency by ApacheBench, 128 at a time", "<peer", "<connections", "requests/s", "mean ms", "p50 ms", "p90 ms", "p99 ms", "<remarks");
        foreach (ApacheBenchRow row in rows)
        {
            table.Add(
                row.Peer, row.KeepAlive ? "kept" : "one for each request", Number(row.RequestsPerSecond, "0"), Number(row.MeanMs, "0.00"),
                Number(row.P50Ms, "0"), Number(row.P90Ms, "0"), Number(row.P99Ms, "0"), row.Remark ?? "");
        }

        return table;
    }

    public static TextTable OfInstructions(IReadOnlyList<InstructionsRow> rows)
    {
        TextTable table = new("instructions in user mode", "<peer", "for each request", "between two system calls", "<source");
        foreach (InstructionsRow row in rows)
        {
            table.Add(row.Peer, Number(row.PerRequest, "0"), Number(row.PerSystemCall, "0"), row.Source);
        }

        return table;
    }

    public static TextTable OfFreshness(IReadOnlyList<FreshnessRow> rows)
    {
        TextTable table = new("how soon a changed file is served", "<peer", "ms", "<remarks");
        foreach (FreshnessRow row in rows)
        {
            table.Add(row.Peer, Number(row.NoticedAfterMs, "0"), row.Remark ?? "");
        }

        return table;
    }

    public static TextTable OfFio(IReadOnlyList<FioRow> rows)
    {
        TextTable table = new("the read alone: 4 KiB from the page cache, by fio", "<engine", "CPU us/read", "reads/s", "<remarks");
        foreach (FioRow row in rows)
        {
            table.Add(row.Engine, Number(row.CpuUsPerRead, "0.00"), Number(row.ReadsPerSecond, "0"), row.Remark ?? "");
        }

        return table;
    }

    public static TextTable OfFileReads(IReadOnlyList<FileReadsRow> rows)
    {
        TextTable table = new("reads of a cached file of 1 GiB", "<load", "<by", "CPU us/read", "reads/s", "bytes/read", "<remarks");
        foreach (FileReadsRow row in rows.OrderBy(row => row.Load, StringComparer.Ordinal))
        {
            table.Add(
                row.Load, row.Way, Range(row.CpuUsPerRead, "0.00"), Range(row.ReadsPerSecond, "0"), Median(row.AllocatedBytesPerRead, "0"), row.Remark ?? "");
        }

        foreach (string load in rows.Select(row => row.Load).Distinct())
        {
            table.Notes.Add(
                $"{load}: reads of a CPU second x {Number(FileReadsPart.RatioToBestManaged(rows, load), "0.00")} of the best managed way's that blocks no thread; CPU x {Number(FileReadsPart.RatioToFio(rows, load), "0.00")} of fio's");
        }

        return table;
    }

    private static void AddLongRemarks(TextTable table, IEnumerable<(string Peer, IReadOnlyList<string> Remarks)> rows)
    {
        foreach ((string peer, IReadOnlyList<string> remarks) in rows)
        {
            table.Notes.AddRange(remarks.Where(remark => remark.Contains(':', StringComparison.Ordinal)).Select(remark => $"{peer}: {remark}"));
        }
    }
}
