using System.ComponentModel;
using System.Net.Sockets;

namespace FlexSc.Interop.Linux;

/// <summary>A system call failed. The text names the errno, the call, the object and, where one is known, the remedy.</summary>
public sealed class LinuxException : IOException
{
    /// <summary>Builds the error of a call.</summary>
    /// <param name="errorNumber">Positive errno, see errno(3).</param>
    /// <param name="call">Name of the system call.</param>
    /// <param name="target">What the call was made on: a path, an address, a file descriptor.</param>
    /// <param name="remedy">What the operator can do, or null.</param>
    public LinuxException(int errorNumber, string call, string target, string? remedy = null)
        : base(BuildMessage(errorNumber, call, target, remedy))
    {
        ErrorNumber = errorNumber;
        Call = call;
        Target = target;
        Remedy = remedy;
    }

    /// <summary>Positive errno.</summary>
    public int ErrorNumber { get; }

    /// <summary>The runtime's code for the errno, where it has one of its own; else <see cref="SocketError.SocketError"/>.</summary>
    public SocketError SocketErrorCode => SocketErrors.Of(ErrorNumber);

    /// <summary>Name of the system call.</summary>
    public string Call { get; }

    /// <summary>What the call was made on.</summary>
    public string Target { get; }

    /// <summary>What the operator can do, or null.</summary>
    public string? Remedy { get; }

    private static string BuildMessage(int errorNumber, string call, string target, string? remedy)
    {
        string named = target.Length == 0 ? "\"\"" : target;
        string text = $"{call} of {named} failed: {new Win32Exception(errorNumber).Message} (errno {errorNumber})";
        return remedy is null ? text : $"{text}; {remedy}";
    }
}
