using FlexSc.Interop.Page;
namespace FlexSc.Interop.Capabilities;

/// <summary>Which backend runs, and why.</summary>
/// <param name="Requested">What was asked for.</param>
/// <param name="Chosen">What runs; never <see cref="SyscallBackendKind.Auto"/>.</param>
/// <param name="Reason">Why, for the program's start-up line.</param>
/// <param name="Remedies">What would allow a better one; empty when there is none better.</param>
public sealed record BackendChoice(SyscallBackendKind Requested, SyscallBackendKind Chosen, string Reason, IReadOnlyList<string> Remedies);

/// <summary>Chooses the backend for a host.</summary>
public static class BackendSelector
{
    /// <summary>
    /// Auto takes kernel-module where the module is loaded and lets the process in, else io-uring when everything it needs is there,
    /// else syscall-threads with the reason. A pure function: it makes no system call.
    /// </summary>
    /// <exception cref="BackendUnavailableException">
    /// The backend that was asked for cannot run, or none can. The text names the call, the errno and the remedy.
    /// </exception>
    public static BackendChoice Choose(SyscallBackendKind requested, HostCapabilities host)
    {
        ArgumentNullException.ThrowIfNull(host);
        RequireSupportedMachine(requested, host);
        switch (requested)
        {
            case SyscallBackendKind.Auto:
                return ChooseBest(host);
            case SyscallBackendKind.IoUring:
                RequireNothingMissing(requested, Obstacles(host, static finding => finding.NeededByIoUring));
                break;
            case SyscallBackendKind.KernelModule:
                RequireNothingMissing(requested, Obstacles(host, static finding => finding.NeededByKernelModule));
                break;
            case SyscallBackendKind.SyscallThreads:
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(requested), requested, "not a defined backend kind");
        }

        return new BackendChoice(requested, requested, "it was asked for", []);
    }

    private static BackendChoice ChooseBest(HostCapabilities host)
    {
        if (host.KernelModule.CanRun)
        {
            return new BackendChoice(SyscallBackendKind.Auto, SyscallBackendKind.KernelModule, "the FlexSC kernel module is loaded", []);
        }

        HostFinding[] missing = Obstacles(host, static finding => finding.NeededByIoUring);
        return missing.Length > 0
            ? new BackendChoice(
                SyscallBackendKind.Auto, SyscallBackendKind.SyscallThreads, $"io-uring cannot run: {ReasonOf(missing)}", RemediesOf(missing))
            : new BackendChoice(SyscallBackendKind.Auto, SyscallBackendKind.IoUring, "everything that io-uring needs is there", []);
    }

    private static void RequireNothingMissing(SyscallBackendKind requested, HostFinding[] missing)
    {
        if (missing.Length > 0)
        {
            throw new BackendUnavailableException(requested, ReasonOf(missing), RemediesOf(missing), missing[0].Call, missing[0].Error);
        }
    }

    /// <summary>What is missing; where nothing is known to be, what is unknown. Empty when everything needed is there.</summary>
    private static HostFinding[] Obstacles(HostCapabilities host, Func<HostFinding, bool> isNeeded)
    {
        HostFinding[] obstacles = HostFindings.Of(host).Where(finding => isNeeded(finding) && finding.State != FindingState.Present).ToArray();
        HostFinding[] missing = obstacles.Where(finding => finding.State == FindingState.Missing).ToArray();
        return missing.Length > 0 ? missing : obstacles;
    }

    private static string[] RemediesOf(HostFinding[] missing) =>
        missing.Select(finding => finding.Remedy).OfType<string>().Distinct().ToArray();

    private static string ReasonOf(HostFinding[] missing) =>
        string.Join("; ", missing.Select(finding => $"{finding.Name}: {finding.Detail}"));

    /// <summary>Calls are known by the numbers of these architectures, and the page has one byte order.</summary>
    private static void RequireSupportedMachine(SyscallBackendKind requested, HostCapabilities host)
    {
        if (!HostCapabilities.SupportedArchitectures.Contains(host.Architecture) || !host.IsLittleEndian)
        {
            string order = host.IsLittleEndian ? "little-endian" : "big-endian";
            throw new BackendUnavailableException(
                requested, $"the process is {order} {host.Architecture}", [$"run it as a process of {string.Join(" or ", HostCapabilities.SupportedArchitectures)}"], null, null);
        }
    }
}
