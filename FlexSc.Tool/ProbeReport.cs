using FlexSc.Interop.Capabilities;
using FlexSc.Interop.Page;

namespace FlexSc.Tool;

/// <summary>What the probe found and concluded.</summary>
/// <param name="Machine">Its cores.</param>
/// <param name="Requested">Backend that was asked for.</param>
/// <param name="Chosen">Backend that would run; null when none of the requested kind can.</param>
/// <param name="Reason">Why.</param>
/// <param name="Remedies">What would allow the requested, or a better one.</param>
internal sealed record ProbeReport(
    HostCapabilities Host, CpuTopology Machine, IReadOnlyList<HostFinding> Findings, SyscallBackendKind Requested, SyscallBackendKind? Chosen, string Reason,
    IReadOnlyList<string> Remedies)
{
    public bool CanRun => Chosen is not null;

    public static ProbeReport Of(SyscallBackendKind requested, HostCapabilities host, CpuTopology machine)
    {
        IReadOnlyList<HostFinding> findings = HostFindings.Of(host);
        try
        {
            BackendChoice choice = BackendSelector.Choose(requested, host);
            return new ProbeReport(host, machine, findings, requested, choice.Chosen, choice.Reason, choice.Remedies);
        }
        catch (BackendUnavailableException unavailable)
        {
            return new ProbeReport(host, machine, findings, requested, null, unavailable.Reason, unavailable.Remedies);
        }
    }
}
