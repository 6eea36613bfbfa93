using System.Net.Sockets;

namespace FlexSc.Interop.Linux;

/// <summary>The runtime's codes for errors of socket calls.</summary>
internal static class SocketErrors
{
    /// <summary>The runtime's code for an errno, where it has one of its own; else <see cref="SocketError.SocketError"/>.</summary>
    public static SocketError Of(int errorNumber) => errorNumber switch
    {
        Errno.NotPermitted or Errno.Access => SocketError.AccessDenied,
        Errno.TooManyFiles or Errno.TooManyFilesInSystem => SocketError.TooManyOpenSockets,
        Errno.Invalid => SocketError.InvalidArgument,
        Errno.NoBuffers => SocketError.NoBufferSpaceAvailable,
        Errno.Canceled => SocketError.OperationAborted,
        RareErrno.ProtocolNotSupported => SocketError.ProtocolNotSupported,
        RareErrno.FamilyNotSupported => SocketError.AddressFamilyNotSupported,
        RareErrno.AddressInUse => SocketError.AddressAlreadyInUse,
        RareErrno.AddressNotAvailable => SocketError.AddressNotAvailable,
        RareErrno.NetworkDown => SocketError.NetworkDown,
        RareErrno.NetworkUnreachable => SocketError.NetworkUnreachable,
        RareErrno.ConnectionAborted => SocketError.ConnectionAborted,
        RareErrno.ConnectionReset => SocketError.ConnectionReset,
        RareErrno.NotConnected => SocketError.NotConnected,
        RareErrno.TimedOut => SocketError.TimedOut,
        RareErrno.ConnectionRefused => SocketError.ConnectionRefused,
        RareErrno.HostDown => SocketError.HostDown,
        RareErrno.HostUnreachable => SocketError.HostUnreachable,
        _ => SocketError.SocketError,
    };
}
