using System.Text.Json;
using System.Text.Json.Serialization;
using FlexSc.Interop.Capabilities;
using FlexSc.Interop.Page;

namespace FlexSc.Tool;

/// <summary>The report for programs: one JSON object. Null is unknown, except that a limit or a quota without a value has none.</summary>
internal static class ProbeJson
{
    public static string Of(ProbeReport report) => JsonSerializer.Serialize(DocumentOf(report), ProbeJsonContext.Default.ProbeDocument);

    private static ProbeDocument DocumentOf(ProbeReport report)
    {
        HostCapabilities host = report.Host;
        return new ProbeDocument(
            SyscallBackendKinds.Format(report.Requested),
            report.Chosen is SyscallBackendKind chosen ? SyscallBackendKinds.Format(chosen) : null,
            report.CanRun,
            report.Reason,
            report.Remedies,
            new HostDocument(
                host.KernelRelease, host.Architecture, host.IsLittleEndian, host.OnlineCores, host.AffinityCores,
                host.CpuQuota is CgroupCpuQuota quota ? new QuotaDocument(quota.Hierarchy, quota.Cores) : null,
                LimitOf(host.LockedMemoryBytes), host.HasIpcLock, LimitOf(host.OpenFiles), host.IoUringDisabled, host.SeccompMode,
                host.IoUringRingBytes, [.. host.IoUringOpcodes.Select(opcode => (int)opcode)], host.HasFlexScDevice),
            [.. report.Machine.Cores.Select(core => new CoreDocument(
                core.Number, core.PhysicalCore, core.Package, core.Node, core.IsIsolated, report.Machine.Allowance.Cpus.Contains(core.Number),
                [.. core.Caches.Select(cache => new CacheDocument(cache.Level, cache.Kind, cache.Bytes, cache.SharedBy))]))],
            [.. report.Findings.Select(finding => new FindingDocument(
                finding.Name, TextOf(finding.State), finding.NeededByIoUring, finding.NeededByKernelModule, finding.Detail, finding.Call, finding.Error, finding.Remedy))]);
    }

    private static LimitDocument? LimitOf(ResourceLimit? limit) =>
        limit is ResourceLimit value ? new LimitDocument(NumberOf(value.Soft), NumberOf(value.Hard)) : null;

    private static ulong? NumberOf(ulong limit) => limit == ResourceLimit.Unlimited ? null : limit;

    private static string TextOf(FindingState state) => state switch
    {
        FindingState.Present => "present",
        FindingState.Missing => "missing",
        _ => "unknown",
    };
}

internal sealed record ProbeDocument(
    string Requested, string? Chosen, bool CanRun, string Reason, IReadOnlyList<string> Remedies, HostDocument Host, IReadOnlyList<CoreDocument> Cores,
    IReadOnlyList<FindingDocument> Findings);

internal sealed record HostDocument(
    string? KernelRelease, string Architecture, bool IsLittleEndian, int? OnlineCores, IReadOnlyList<int>? AffinityCores, QuotaDocument? CpuQuota,
    LimitDocument? LockedMemoryBytes, bool? HasIpcLock, LimitDocument? OpenFiles, int? IoUringDisabled, int? SeccompMode,
    long RingBytes, IReadOnlyList<int> Opcodes, bool HasFlexScDevice);

internal sealed record CoreDocument(
    int Number, int PhysicalCore, int Package, int NumaNode, bool IsIsolated, bool IsAllowed, IReadOnlyList<CacheDocument> Caches);

internal sealed record CacheDocument(int Level, string Kind, long? Bytes, IReadOnlyList<int> SharedBy);

internal sealed record QuotaDocument(string Hierarchy, double? Cores);

internal sealed record LimitDocument(ulong? Soft, ulong? Hard);

internal sealed record FindingDocument(
    string Name, string State, bool NeededByIoUring, bool NeededByKernelModule, string Detail, string? Call, int? ErrorNumber, string? Remedy);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(ProbeDocument))]
internal sealed partial class ProbeJsonContext : JsonSerializerContext;
