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
        : base((int)CodeOf(failure.ErrorNumber), failure.Message)
    {
        ErrorNumber = failure.ErrorNumber;
        Call = failure.Call;
    }

    /// <summary>Positive errno, see errno(3).</summary>
    public int ErrorNumber { get; }

    /// <summary>Name of the system call.</summary>
    public string Call { get; }

    /// <summary>The runtime's code for an errno, where it has one of its own. Numbers are those of Linux, see errno(3).</summary>
    private static SocketError CodeOf(int errorNumber) => errorNumber switch
    {
        1 or 13 => SocketError.AccessDenied,
        Errno.TooManyFiles or Errno.TooManyFilesInSystem => SocketError.TooManyOpenSockets,
        Errno.Invalid => SocketError.InvalidArgument,
        93 => SocketError.ProtocolNotSupported,
        97 => SocketError.AddressFamilyNotSupported,
        98 => SocketError.AddressAlreadyInUse,
        99 => SocketError.AddressNotAvailable,
        100 => SocketError.NetworkDown,
        101 => SocketError.NetworkUnreachable,
        103 => SocketError.ConnectionAborted,
        104 => SocketError.ConnectionReset,
        Errno.NoBuffers => SocketError.NoBufferSpaceAvailable,
        107 => SocketError.NotConnected,
        110 => SocketError.TimedOut,
        111 => SocketError.ConnectionRefused,
        112 => SocketError.HostDown,
        113 => SocketError.HostUnreachable,
        Errno.Canceled => SocketError.OperationAborted,
        _ => SocketError.SocketError,
    };
}
