using FlexSc.Interop.Page;
namespace FlexSc.Interop.Capabilities;

/// <summary>The backend that was asked for cannot run on this host. The text names the call, the errno and the remedy.</summary>
public sealed class BackendUnavailableException : Exception
{
    internal BackendUnavailableException(SyscallBackendKind requested, string reason, IReadOnlyList<string> remedies, string? call, int? errorNumber)
        : base($"the backend {SyscallBackendKinds.Format(requested)} cannot run here: {string.Join("; ", [reason, .. remedies])}")
    {
        Requested = requested;
        Reason = reason;
        Remedies = remedies;
        Call = call;
        ErrorNumber = errorNumber;
    }

    /// <summary>What was asked for.</summary>
    public SyscallBackendKind Requested { get; }

    /// <summary>What is missing.</summary>
    public string Reason { get; }

    /// <summary>What the operator can do.</summary>
    public IReadOnlyList<string> Remedies { get; }

    /// <summary>The system call that failed, or null when it was no call.</summary>
    public string? Call { get; }

    /// <summary>Positive errno of that call, or null.</summary>
    public int? ErrorNumber { get; }
}
