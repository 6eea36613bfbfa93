using FlexSc.Interop.Linux;

namespace FlexSc.Interop.Calls;

/// <summary>Errors of calls that were made with a callback object, as the typed calls throw them. From any thread.</summary>
public static class CallFailures
{
    /// <summary>The error of a result, with the remedy that is known for it.</summary>
    /// <param name="result">Negative errno.</param>
    /// <param name="call">Name of the system call.</param>
    /// <param name="target">What it was made on: a path, for one.</param>
    public static LinuxException Of(long result, string call, string target)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(result, 0);
        return CallResult.Failure(result, call, target);
    }
}
