using System.Runtime.InteropServices;
using FlexSc.Interop.Linux;

namespace FlexSc.Interop.Backends.Readiness;

/// <summary>
/// Numbers of calls, flags and options by which readiness is served: epoll(7), poll(2), fcntl(2), socket(7), recv(2). Numbers are
/// x86-64's as everywhere, flags and structures the same on x86-64 and arm64. Tests compare them with the headers of both.
/// </summary>
internal static class ReadinessUapi
{
    public const ushort NumberReadVector = 19;
    public const ushort NumberWriteVector = 20;
    public const ushort NumberDup2 = 33;
    public const ushort NumberAccept = 43;
    public const ushort NumberFcntl = 72;
    public const ushort NumberEpollControl = 233;
    public const ushort NumberEpollCreate1 = 291;
    public const ushort NumberDup3 = 292;
    public const ushort NumberCloseRange = 436;
    public const ushort NumberEpollPWait2 = 441;

    public const uint EventIn = 0x001;
    public const uint EventPriority = 0x002;
    public const uint EventOut = 0x004;
    public const uint EventError = 0x008;
    public const uint EventHangUp = 0x010;
    public const uint EventReadHangUp = 0x2000;
    public const uint EdgeTriggered = 1u << 31;
    public const int EpollAdd = 1;
    public const int EpollDelete = 2;
    public const int EpollModify = 3;
    public const int EpollCloseOnExec = 0x80000;

    /// <summary>poll(2): the descriptor is not open.</summary>
    public const short PollInvalid = 0x020;

    public const int GetDescriptorFlags = 1;
    public const int GetStatusFlags = 3;
    public const int SetStatusFlags = 4;
    public const long NonBlocking = 0x800;

    /// <summary>close_range(2): the descriptors stay open until execve.</summary>
    public const long CloseRangeCloseOnExec = 0x4;

    public const int SocketLevel = 1;
    public const int OptionType = 3;
    public const int OptionProtocol = 38;
    public const int TypeStream = 1;
    public const int TypeSequencedPackets = 5;

    /// <summary>Bits of a socket's type beside its flags.</summary>
    public const int TypeMask = 0xf;

    public const int FamilyUnix = 1;
    public const int FamilyInternet = 2;
    public const int FamilyInternet6 = 10;
    public const int ProtocolTcp = 6;

    public const long MessagePeek = 0x02;
    public const long MessageDoNotWait = 0x40;
    public const long MessageWaitAll = 0x100;
    public const long MessageErrorQueue = 0x2000;
    public const long MessageNoSignal = 0x4000;
}

/// <summary><c>struct pollfd</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollDescriptor
{
    public int FileDescriptor;
    public short Events;
    public short ReturnedEvents;
}

/// <summary><c>struct iovec</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct IoVector
{
    public ulong Base;
    public ulong Length;
}

/// <summary><c>struct msghdr</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MessageHeader
{
    public void* Name;
    public uint NameLength;
    private readonly uint _padding;
    public IoVector* Vectors;
    public ulong VectorCount;
    public void* Control;
    public ulong ControlLength;
    public int Flags;
}

/// <summary>
/// <c>struct io_uring_recvmsg_out</c> (6.0): what a provided buffer begins with that holds a message. Lengths may exceed the room there was.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct BufferedMessage
{
    public uint NameLength;
    public uint ControlLength;
    public uint PayloadLength;
    public uint Flags;
}
