using System.Globalization;
using FlexSc.Benchmarks.Parts;
using FlexSc.Benchmarks.Peers;
using FlexSc.Measuring.Load;
using static FlexSc.Benchmarks.Report.Figures;

namespace FlexSc.Benchmarks.Report.Pages;

/// <summary>
/// The evaluation of the papers beside this run's, slide by slide: what they found, what was found here, and why the two differ.
/// Figures of the papers are those of the slides (USENIX ATC 2011) or of the abstract (OSDI 2010); the slides' charts have
/// lost their numbers, so that no curve can be laid over another.
/// </summary>
internal sealed class PapersComparison(RunReport report, IReadOnlyDictionary<string, string> charts, string chartDirectory)
{
    /// <summary>Files that stand in this part of the page.</summary>
    public static IReadOnlyList<string> Charts { get; } = ["batch.svg", "kv-one-core.svg", "kv-all-cores.svg", "http-offered.svg"];

    public void WriteTo(Markdown page)
    {
        page.Heading(2, "The papers' evaluation, slide by slide")
            .Paragraph(
                "The papers changed a Linux 2.6.33 kernel so that threads inside it execute the calls of a shared page, and measured on a "
                + "four-core Nehalem at 2.3 GHz with clients behind a 1 Gb/s network. Here the kernel is a stock one, the calls of the page are "
                + "executed by io_uring, the servers are actors in C#, and the clients share the machine by loopback.");
        Batch(page);
        Memcached(page);
        Processor(page);
        Nginx(page);
        Differences(page);
        Latency(page);
    }

    private void Batch(Markdown page)
    {
        page.Heading(3, "Microbenchmark: calls in a batch (OSDI 2010)");
        Facts(
            page,
            "one exception-less call alone is 43 % slower than a trap, large batches are up to 130 % faster; even at about 2 calls on the same core",
            report.Batch.Count == 0 ? Nothing : string.Join("; ", report.Batch.Select(row => row.Way).Distinct().Skip(1).Select(BatchSentence)),
            "io_uring checks and books each entry (about as much as a short trap costs), where the paper's kernel thread called the function of the "
            + "entry at once. The calls are empty, so that only entering and leaving is measured. syscall-threads with n = 0 makes one trap for each "
            + "entry, as it says of itself: it can never be even, and shows what the page itself costs. The kernel module's own threads are measured in kernel/.");
        Image(page, "batch.svg");
    }

    private void Memcached(Markdown page)
    {
        page.Heading(3, "memcached on one core and on all");
        Facts(
            page,
            "memcached on libflexsc: 25 to 35 % more throughput than on epoll, on four cores, by memslap",
            KvSentence(KvGroups.ConcurrencyOneCore, "one core") + "; " + KvSentence(KvGroups.ConcurrencyAllCores, "both cores"),
            "There the same C program ran on two interfaces. Here a server of actors in C# runs against memcached as Debian has it. Server and "
            + "generator share the machine, and where the generator is the bound throughput says nothing: then CPU per request is what compares.");
        Image(page, "kv-one-core.svg");
        Image(page, "kv-all-cores.svg");
    }

    private void Processor(Markdown page)
    {
        page.Heading(3, "Processor metrics");
        TextTable table = new("", "<peer", "traps/request", "context switches/request", "kernel's share of CPU time, %", "<load");
        AddProcessorRows(table, HttpGroups.Main, new LoadShape(HttpGroups.UsualConnections, 1));
        AddProcessorRows(table, KvGroups.Main, new LoadShape(50, 1));
        Facts(
            page,
            "user and kernel time 30/70 (memcached) and 25/75 (nginx); fewer mode switches raise the instructions per cycle and lower the cache misses of both modes",
            table.Rows.Count == 0 ? Nothing : "see the table",
            "The papers read hardware counters. Virtual machines seldom have them, so that traps, context switches and times stand for them.");
        if (table.Rows.Count > 0)
        {
            page.Table(table);
        }
    }

    private void Nginx(Markdown page)
    {
        page.Heading(3, "httperf on nginx: throughput over offered load");
        Facts(
            page,
            "nginx on libflexsc: 70 to 120 % more throughput than on epoll; epoll's nginx loses connections to timeouts under load",
            OfferedSentence(),
            "The load is offered by this project's own generator over connections that stay open, because httperf's select() cannot watch more than "
            + "1,024 of them. nginx's own answers come from memory (`return 200`). Nothing times out here: the generator waits as long as it takes.");
        Image(page, "http-offered.svg");
    }

    private void Differences(Markdown page)
    {
        page.Heading(3, "Why does nginx improve more than memcached? Instructions between system calls");
        string here = report.Instructions.Count == 0 ? Nothing : string.Join("; ", report.Instructions.Select(row => row.PerSystemCall is { } between
            ? string.Create(CultureInfo.InvariantCulture, $"{row.Peer} {between:0}")
            : $"{row.Peer}: {row.Source}"));
        Facts(
            page,
            "memcached 3,750, nginx 1,460: the more often a program traps, the more it gains",
            here,
            "callgrind counts user mode only; libraries, compilers and the servers themselves are fifteen years younger, and the request is a short one.");
    }

    private void Latency(Markdown page)
    {
        page.Heading(3, "Latency (ApacheBench)");
        Facts(
            page,
            "shorter than epoll's; the slide's numbers are lost (by the author's summary of OSDI 2010: half of it for Apache, 30 % less for MySQL)",
            report.ApacheBench.Count == 0 ? Nothing : "see the table",
            "ab uses its core up long before any of these servers does, so that mean latency is mostly ab's own. What a server adds is seen in the runs at "
            + "a fixed pace, further down.");
        if (report.ApacheBench.Count > 0)
        {
            page.Table(ReportTables.OfApacheBench(report.ApacheBench));
        }
    }

    private const string Nothing = "not measured in this run";

    private static void Facts(Markdown page, string paper, string here, string why) =>
        page.List([$"**Paper:** {paper}.", $"**Here:** {here}.", $"**Why different:** {why}"]);

    private void Image(Markdown page, string file)
    {
        if (charts.TryGetValue(file, out string? title))
        {
            page.Image(title, $"{chartDirectory}/{file}");
        }
    }

    private string BatchSentence(string way)
    {
        double? trap = report.Batch[0].NsPerCall?.Median;
        BatchRow[] rows = [.. report.Batch.Where(row => row.Way == way && row.NsPerCall is not null).OrderBy(row => row.BatchSize)];
        return rows.Length == 0 || trap is null
            ? $"{way}: not available"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{way}: {rows[0].NsPerCall!.Median / trap:0.00}x of a trap ({trap:0} ns) alone, {rows[^1].NsPerCall!.Median / trap:0.00}x in batches of {rows[^1].BatchSize}, {EvenSentence(way)}");
    }

    private string EvenSentence(string way) =>
        ReportTables.BreakEven(report.Batch, way) is var size && size == ReportTables.NeverEven ? "never even" : $"even at {size}";

    private string KvSentence(string id, string where)
    {
        if (report.Group(id) is not { } group)
        {
            return $"{where}: {Nothing}";
        }

        string[] ratios =
        [
            .. group.Rows.Where(row => row.Peer == PeerNames.IoUringPooled && row.CpuRatio is not null).Select(row => string.Create(
                CultureInfo.InvariantCulture,
                $"{Median(row.CpuRatio, "0.00")} at {row.Shape.Connections} ({Median(row.RequestsPerSecond, "0")}/s{(row.Remarks.Contains(RowRemarks.GeneratorBound) ? ", generator-bound" : "")})")),
        ];
        return $"{where}: CPU per request relative to memcached's {string.Join(", ", ratios)}";
    }

    private string OfferedSentence()
    {
        if (report.Group(HttpGroups.Offered) is not { } group)
        {
            return Nothing;
        }

        return "most that was answered: " + string.Join(", ", group.Rows.GroupBy(row => row.Peer).Select(peer =>
            $"{peer.Key} {Number(peer.Max(row => row.RequestsPerSecond?.Median), "0")}/s"));
    }

    private void AddProcessorRows(TextTable table, string groupId, LoadShape shape)
    {
        foreach (Row row in (report.Group(groupId)?.Rows ?? []).Where(row => row.Shape == shape && row.GoodRounds > 0))
        {
            table.Add(
                row.Peer, Number(row.Traps.PerRequest, "0.000"), Median(row.ContextSwitchesPerRequest, "0.000"),
                Median(row.SystemTimeSharePercent, "0"), $"{groupId}, {shape}");
        }
    }
}
