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
    /// Auto takes io-uring when everything it needs is there, else syscall-threads with the reason. A pure function: it makes no
    /// system call.
    /// </summary>
    /// <exception cref="BackendUnavailableException">
    /// The backend that was asked for cannot run, or none can. The text names the call, the errno and the remedy.
    /// </exception>
    public static BackendChoice Choose(SyscallBackendKind requested, HostCapabilities host)
    {
        ArgumentNullException.ThrowIfNull(host);
        RequireSupportedMachine(requested, host);
        HostFinding[] missing = ObstaclesOfIoUring(host);
        string[] remedies = missing.Select(finding => finding.Remedy).OfType<string>().Distinct().ToArray();
        return requested switch
        {
            SyscallBackendKind.SyscallThreads =>
                new BackendChoice(requested, SyscallBackendKind.SyscallThreads, "it was asked for", []),
            SyscallBackendKind.IoUring when missing.Length > 0 =>
                throw new BackendUnavailableException(requested, ReasonOf(missing), remedies, missing[0].Call, missing[0].Error),
            SyscallBackendKind.IoUring =>
                new BackendChoice(requested, SyscallBackendKind.IoUring, "it was asked for", []),
            SyscallBackendKind.Auto when missing.Length > 0 =>
                new BackendChoice(requested, SyscallBackendKind.SyscallThreads, $"io-uring cannot run: {ReasonOf(missing)}", remedies),
            SyscallBackendKind.Auto =>
                new BackendChoice(requested, SyscallBackendKind.IoUring, "everything that io-uring needs is there", []),
            _ => throw new ArgumentOutOfRangeException(nameof(requested), requested, "not a defined backend kind"),
        };
    }

    /// <summary>What is missing; where nothing is known to be, what is unknown. Empty when everything needed is there.</summary>
    private static HostFinding[] ObstaclesOfIoUring(HostCapabilities host)
    {
        HostFinding[] obstacles = HostFindings.Of(host)
            .Where(finding => finding.NeededByIoUring && finding.State != FindingState.Present)
            .ToArray();
        HostFinding[] missing = obstacles.Where(finding => finding.State == FindingState.Missing).ToArray();
        return missing.Length > 0 ? missing : obstacles;
    }

    private static string ReasonOf(HostFinding[] missing) =>
        string.Join("; ", missing.Select(finding => $"{finding.Name}: {finding.Detail}"));

    /// <summary>The entries carry the numbers of one architecture, and the page has one byte order.</summary>
    private static void RequireSupportedMachine(SyscallBackendKind requested, HostCapabilities host)
    {
        if (host.Architecture != HostCapabilities.SupportedArchitecture || !host.IsLittleEndian)
        {
            string order = host.IsLittleEndian ? "little-endian" : "big-endian";
            throw new BackendUnavailableException(
                requested, $"the process is {order} {host.Architecture}", [$"run it as a {HostCapabilities.SupportedArchitecture} process"], null, null);
        }
    }
}
