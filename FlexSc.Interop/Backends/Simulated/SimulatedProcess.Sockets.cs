using FlexSc.Interop.Backends.Readiness;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;
using static FlexSc.Interop.Backends.Readiness.ReadinessUapi;

namespace FlexSc.Interop.Backends.Simulated;

/// <content>Calls on sockets. Numbers are those of x86-64.</content>
internal sealed partial class SimulatedProcess
{
    private const ushort NumberSocketPair = 53;

    private long? SocketCall(in SyscallEntry entry)
    {
        switch (entry.Number)
        {
            case SyscallNumber.Socket:
                return MakeSocket(entry);
            case NumberSocketPair:
                return MakeSocketPair(entry);
            case SyscallNumber.Ioctl:
                return QueuedBytes(entry);
            case SyscallNumber.Bind or SyscallNumber.Listen or SyscallNumber.Accept4 or NumberAccept or SyscallNumber.Connect
                or SyscallNumber.Shutdown or SyscallNumber.GetSockName or SyscallNumber.GetPeerName or SyscallNumber.SetSockOpt
                or SyscallNumber.GetSockOpt or SyscallNumber.SendTo or SyscallNumber.RecvFrom or SyscallNumber.SendMsg or SyscallNumber.RecvMsg:
                break;
            default:
                return null;
        }

        return Find(entry.Argument0) switch
        {
            SimulatedSocket socket => OnSocket(socket, entry),
            null => -Errno.BadDescriptor,
            _ => -RareErrno.NotSocket,
        };
    }

    /// <summary>SIOCOUTQ of a connection, see tcp(7); there is no other request.</summary>
    private long? QueuedBytes(in SyscallEntry entry)
    {
        const long outputQueue = 0x5411;
        if (entry.Argument1 != outputQueue || Find(entry.Argument0) is not StreamSocket { IsConnected: true } socket)
        {
            return null;
        }

        UserMemory.At<int>(entry.Argument2) = socket.TravellingBytes;
        return 0;
    }

    private long OnSocket(SimulatedSocket socket, in SyscallEntry entry)
    {
        switch (entry.Number)
        {
            case SyscallNumber.Bind:
                return TryReadAddress(entry.Argument1, entry.Argument2, out SimulatedAddress local) ? socket.Bind(local) : -Errno.Invalid;
            case SyscallNumber.Connect:
                return TryReadAddress(entry.Argument1, entry.Argument2, out SimulatedAddress peer) ? socket.Connect(peer) : -Errno.Invalid;
            case SyscallNumber.Listen:
                return socket.Listen((int)entry.Argument1);
            case SyscallNumber.Accept4 or NumberAccept:
                return Accept(socket, entry);
            case SyscallNumber.Shutdown:
                return socket.Shutdown((int)entry.Argument1);
            case SyscallNumber.GetSockName:
                UserMemory.CopyWithLength(socket.Local.Serialize(socket.Family), entry.Argument1, entry.Argument2);
                return 0;
            case SyscallNumber.GetPeerName:
                return PeerName(socket, entry);
            case SyscallNumber.SetSockOpt:
                return socket.SetOption(entry.Argument1, entry.Argument2, UserMemory.Bytes(entry.Argument3, entry.Argument4));
            case SyscallNumber.GetSockOpt:
                UserMemory.CopyWithLength(socket.GetOption(entry.Argument1, entry.Argument2), entry.Argument3, entry.Argument4);
                return 0;
            case SyscallNumber.SendTo:
                return SendTo(socket, entry);
            case SyscallNumber.RecvFrom:
                return ReceiveFrom(socket, entry);
            default:
                return MoveMessage(socket, ref UserMemory.At<MessageHeader>(entry.Argument1), entry);
        }
    }

    private long MakeSocket(in SyscallEntry entry)
    {
        int family = (int)entry.Argument0;
        int type = (int)entry.Argument1 & TypeMask;
        if (family is not (FamilyUnix or FamilyInternet or FamilyInternet6))
        {
            return -RareErrno.FamilyNotSupported;
        }

        if (type is not (TypeStream or DatagramSocket.TypeDatagram))
        {
            return -RareErrno.ProtocolNotSupported;
        }

        if (CheckRoom() is < 0 and var room)
        {
            return room;
        }

        SimulatedSocket socket = type == TypeStream ? new StreamSocket(kernel, this, family) : new DatagramSocket(kernel, this, family);
        socket.IsNonBlocking = (entry.Argument1 & NonBlocking) != 0;
        return Open(socket);
    }

    private long MakeSocketPair(in SyscallEntry entry)
    {
        if (entry.Argument0 != FamilyUnix || (entry.Argument1 & TypeMask) != TypeStream)
        {
            return -RareErrno.NotSupported;
        }

        if (CheckRoom() is < 0 and var room)
        {
            return room;
        }

        StreamSocket one = new(kernel, this, FamilyUnix);
        StreamSocket other = new(kernel, this, FamilyUnix);
        one.IsNonBlocking = other.IsNonBlocking = (entry.Argument1 & NonBlocking) != 0;
        StreamSocket.Join(one, other);
        return OpenPair(one, other, entry.Argument3);
    }

    private long Accept(SimulatedSocket socket, in SyscallEntry entry)
    {
        if (socket is not StreamSocket listener)
        {
            return -RareErrno.NotSupported;
        }

        // As the kernel does: the descriptor comes first, so that a connection is not lost for want of one.
        if (listener.TakesStrangers && CheckRoom() is < 0 and var room)
        {
            return room;
        }

        long answer = listener.Accept(out StreamSocket? connection);
        if (answer < 0)
        {
            return answer;
        }

        connection!.IsNonBlocking = entry.Number == SyscallNumber.Accept4 && (entry.Argument3 & NonBlocking) != 0;
        if (entry.Argument1 != 0)
        {
            UserMemory.CopyWithLength(connection.Peer.Serialize(connection.Family), entry.Argument1, entry.Argument2);
        }

        long number = Open(connection);
        connection.Release();
        return number;
    }

    private static long PeerName(SimulatedSocket socket, in SyscallEntry entry)
    {
        if (socket is StreamSocket { IsConnected: false } or DatagramSocket { Peer: { Port: 0, Path: "" } })
        {
            return -RareErrno.NotConnected;
        }

        UserMemory.CopyWithLength(socket.Peer.Serialize(socket.Family), entry.Argument1, entry.Argument2);
        return 0;
    }

    private static long SendTo(SimulatedSocket socket, in SyscallEntry entry)
    {
        if (UserMemory.Check(entry.Argument1, entry.Argument2) is < 0 and var error)
        {
            return error;
        }

        SimulatedAddress to = default;
        bool isAddressed = entry.Argument4 != 0;
        if (isAddressed && !TryReadAddress(entry.Argument4, entry.Argument5, out to))
        {
            return -Errno.Invalid;
        }

        return socket.Send(UserMemory.Bytes(entry.Argument1, entry.Argument2), isAddressed ? to : null);
    }

    private static long ReceiveFrom(SimulatedSocket socket, in SyscallEntry entry)
    {
        if (UserMemory.Check(entry.Argument1, entry.Argument2) is < 0 and var error)
        {
            return error;
        }

        Span<byte> memory = UserMemory.Bytes(entry.Argument1, entry.Argument2);
        long received = socket.Receive(memory, entry.Argument3, out SimulatedAddress? from, out bool isCut);
        (socket as StreamSocket)?.DropPassed();
        if (received >= 0 && from is { } sender && entry.Argument4 != 0)
        {
            UserMemory.CopyWithLength(sender.Serialize(socket.Family), entry.Argument4, entry.Argument5);
        }

        return isCut && (entry.Argument3 & MessageCut) != 0 ? memory.Length + 1L : received;
    }

    private static bool TryReadAddress(long address, long bytes, out SimulatedAddress parsed)
    {
        parsed = default;
        return address != 0 && bytes > 0 && SimulatedAddress.TryParse(UserMemory.Bytes(address, bytes), out parsed);
    }
}
