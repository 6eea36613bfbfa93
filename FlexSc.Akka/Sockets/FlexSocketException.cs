using System.Net.Sockets;
using FlexSc.Interop.Linux;

namespace FlexSc.Akka.IO;

/// <summary>
/// A socket call failed; the cause of a <see cref="global::Akka.IO.Tcp.CommandFailed"/>. It is a <see cref="SocketException"/>, as from
/// Akka.IO, that keeps the errno and names call, object and remedy.
/// </summary>
public sealed class FlexSocketException : SocketException
{
    internal FlexSocketException(LinuxException failure)
        : base((int)failure.SocketErrorCode, failure.Message)
    {
        ErrorNumber = failure.ErrorNumber;
        Call = failure.Call;
    }

    /// <summary>Positive errno, see errno(3).</summary>
    public int ErrorNumber { get; }

    /// <summary>Name of the system call.</summary>
    public string Call { get; }
}
