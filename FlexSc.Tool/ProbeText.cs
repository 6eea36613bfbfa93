using System.Globalization;
using FlexSc.Interop.Capabilities;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;
using Spectre.Console;

namespace FlexSc.Tool;

/// <summary>The report for people.</summary>
internal static class ProbeText
{
    private const string Unknown = "unknown";
    private const ulong BytesPerKibibyte = 1024;

    public static void Write(ProbeReport report, TextWriter writer)
    {
        IAnsiConsole console = ReportConsole.Create(writer);
        console.Write(HostTable(report.Host));
        console.Write(CoreTable(report.Machine));
        console.Write(FindingTable(report.Findings));
        // Not by the console, which would break long lines also where a terminal does it by itself.
        string asked = SyscallBackendKinds.Format(report.Requested);
        string chosen = report.Chosen is SyscallBackendKind kind ? SyscallBackendKinds.Format(kind) : "none";
        writer.WriteLine($"backend: {chosen} (asked for: {asked}): {report.Reason}");
        foreach (string line in RemedyLines(report))
        {
            writer.WriteLine(line);
        }
    }

    /// <summary>Every remedy once, with what it is for.</summary>
    private static IEnumerable<string> RemedyLines(ProbeReport report)
    {
        foreach (IGrouping<string, HostFinding> missing in report.Findings.Where(finding => finding.Remedy is not null).GroupBy(finding => finding.Remedy!))
        {
            yield return $"remedy for {string.Join(", ", missing.Select(finding => finding.Name))}: {missing.Key}";
        }

        foreach (string remedy in report.Remedies.Where(remedy => report.Findings.All(finding => finding.Remedy != remedy)))
        {
            yield return $"remedy: {remedy}";
        }
    }

    private static Table HostTable(HostCapabilities host)
    {
        Table table = NewTable("host", "value");
        Add(table, "kernel", host.KernelRelease ?? Unknown);
        Add(table, "architecture", $"{host.Architecture}, {(host.IsLittleEndian ? "little-endian" : "big-endian")}");
        Add(table, "cores online", TextOf(host.OnlineCores));
        Add(table, "cores allowed (affinity)", host.AffinityCores is null ? Unknown : string.Join(',', host.AffinityCores));
        Add(table, "CPU quota (cgroup)", TextOf(host.CpuQuota));
        Add(table, "RLIMIT_MEMLOCK", host.LockedMemoryBytes is ResourceLimit locked ? $"soft {Kibibytes(locked.Soft)}, hard {Kibibytes(locked.Hard)}" : Unknown);
        Add(table, "CAP_IPC_LOCK", host.HasIpcLock switch { true => "yes", false => "no", null => Unknown });
        Add(table, "RLIMIT_NOFILE", host.OpenFiles is ResourceLimit files ? $"soft {Count(files.Soft)}, hard {Count(files.Hard)}" : Unknown);
        Add(table, "seccomp", host.SeccompMode switch { 0 => "none", 1 => "strict", 2 => "filter", _ => Unknown });
        return table;
    }

    /// <summary>Cores that are alike in everything but their number and their physical core are one row.</summary>
    private static Table CoreTable(CpuTopology machine)
    {
        Table table = NewTable("cores", "physical", "package", "NUMA node", "caches of a core (shared by)", "isolated", "allowed");
        foreach (IGrouping<(int Package, int Node, string Caches, bool IsIsolated, bool IsAllowed), CpuCore> alike in machine.Cores.GroupBy(core =>
            (core.Package, core.Node, TextOf(core.Caches), core.IsIsolated, machine.Allowance.Cpus.Contains(core.Number))))
        {
            Add(
                table, CpuList.Format(alike.Select(core => core.Number)),
                alike.Select(core => core.PhysicalCore).Distinct().Count().ToString(CultureInfo.InvariantCulture),
                alike.Key.Package.ToString(CultureInfo.InvariantCulture), alike.Key.Node.ToString(CultureInfo.InvariantCulture),
                alike.Key.Caches, alike.Key.IsIsolated ? "yes" : "no", alike.Key.IsAllowed ? "yes" : "no");
        }

        return table;
    }

    /// <summary>Whom the largest cache is shared with; a nearer one is a physical core's own, or nearly so.</summary>
    private static string TextOf(IReadOnlyList<CpuCache> caches)
    {
        const string instructions = "Instruction";
        int largest = caches.Select(cache => cache.Level).DefaultIfEmpty().Max();
        return caches.Count == 0 ? Unknown : string.Join(", ", caches.Where(cache => cache.Kind != instructions).Select(cache => cache.Level == largest
            ? $"L{cache.Level} {SizeOf(cache)} ({CpuList.Format(cache.SharedBy)})"
            : $"L{cache.Level} {SizeOf(cache)}"));
    }

    private static string SizeOf(CpuCache cache) => cache.Bytes is long bytes ? Kibibytes((ulong)bytes) : Unknown;

    private static Table FindingTable(IReadOnlyList<HostFinding> findings)
    {
        Table table = NewTable("feature", "state", "needed by", "detail");
        foreach (HostFinding finding in findings)
        {
            Add(table, finding.Name, TextOf(finding.State), finding.NeededByIoUring ? "io-uring" : finding.NeededByKernelModule ? "kernel-module" : "", finding.Detail);
        }

        return table;
    }

    private static Table NewTable(params string[] columns)
    {
        Table table = new Table().Border(TableBorder.Simple);
        foreach (string column in columns)
        {
            table.AddColumn(column);
        }

        return table;
    }

    private static void Add(Table table, params string[] cells) => table.AddRow(cells.Select(cell => new Text(cell)));

    private static string TextOf(FindingState state) => state switch
    {
        FindingState.Present => "ok",
        FindingState.Missing => "missing",
        _ => Unknown,
    };

    private static string TextOf(int? number) => number?.ToString(CultureInfo.InvariantCulture) ?? Unknown;

    private static string TextOf(CgroupCpuQuota? quota) => quota switch
    {
        null => Unknown,
        { Cores: double cores } => string.Create(CultureInfo.InvariantCulture, $"{cores:0.##} cores ({quota.Hierarchy})"),
        _ => $"none ({quota.Hierarchy})",
    };

    private static string Kibibytes(ulong bytes) =>
        bytes == ResourceLimit.Unlimited ? "unlimited" : string.Create(CultureInfo.InvariantCulture, $"{bytes / BytesPerKibibyte} KiB");

    private static string Count(ulong limit) =>
        limit == ResourceLimit.Unlimited ? "unlimited" : limit.ToString(CultureInfo.InvariantCulture);
}
