using System.Buffers.Binary;
using System.ComponentModel;
using System.Net;
using System.Runtime.InteropServices;

namespace FlexSc.Akka.Tests.Connections;

/// <summary>
/// Plain sockets that are connected to a server of this process: descriptors and nothing else, so that what the process takes for its
/// connections can be told from what they take.
/// </summary>
internal sealed partial class RawPeers(IPEndPoint server) : IDisposable
{
    /// <summary>
    /// An address has 28,000 ports for connections, fewer while those wait that were closed a moment ago, and the kernel searches long for
    /// the last ones. 127.0.0.0/8 is all this machine's.
    /// </summary>
    private const int ConnectionsPerAddress = 2_000;

    private const int Internet = 2; // AF_INET
    private const int Stream = 1; // SOCK_STREAM
    private const int CloseOnExec = 0x80000; // SOCK_CLOEXEC
    private const int AddressBytes = 16; // struct sockaddr_in
    private const int SocketLevel = 1; // SOL_SOCKET
    private const int ReceiveTimeout = 20; // SO_RCVTIMEO
    private const int AnswerLimitSeconds = 600;
    private static readonly byte[] Question = "?"u8.ToArray();

    private readonly List<int> _sockets = [];

    public int Count => _sockets.Count;

    /// <summary>Connects some more.</summary>
    /// <param name="count">How many.</param>
    /// <param name="network">Second part of the addresses they come from, as of 127.7.0.1, so that others' ports are not in the way.</param>
    public void Connect(int count, int network)
    {
        for (int i = 0; i < count; i++)
        {
            int socket = Require(NewSocket(Internet, Stream | CloseOnExec, 0), "socket");
            _sockets.Add(socket);
            Require(SetOption(socket, SocketLevel, ReceiveTimeout, [AnswerLimitSeconds, 0], 2 * sizeof(long)), "setsockopt");
            IPAddress own = IPAddress.Parse(FormattableString.Invariant($"127.{network}.{i / ConnectionsPerAddress}.1"));
            Require(BindSocket(socket, AddressOf(new IPEndPoint(own, 0)), AddressBytes), "bind");
            Require(ConnectSocket(socket, AddressOf(server), AddressBytes), "connect");
        }
    }

    /// <summary>Each asks, and only then is any answered.</summary>
    public void AskAll()
    {
        foreach (int socket in _sockets)
        {
            Require((int)SendBytes(socket, Question, Question.Length, 0), "send");
        }

        byte[] answer = new byte[Question.Length + 1];
        foreach (int socket in _sockets)
        {
            int received = Require((int)ReceiveBytes(socket, answer, answer.Length, 0), "recv");
            if (received != Question.Length || answer[0] != Question[0])
            {
                throw new InvalidOperationException($"an answer of {received} bytes to a question of {Question.Length}");
            }
        }
    }

    public void Dispose()
    {
        foreach (int socket in _sockets)
        {
            _ = CloseDescriptor(socket);
        }

        _sockets.Clear();
    }

    private static byte[] AddressOf(IPEndPoint endPoint)
    {
        byte[] address = new byte[AddressBytes];
        BinaryPrimitives.WriteUInt16LittleEndian(address, Internet);
        BinaryPrimitives.WriteUInt16BigEndian(address.AsSpan(sizeof(ushort)), (ushort)endPoint.Port);
        endPoint.Address.TryWriteBytes(address.AsSpan(2 * sizeof(ushort)), out _);
        return address;
    }

    private int Require(int result, string call) => result >= 0
        ? result
        : throw new InvalidOperationException(
            $"{call} of connection {_sockets.Count} failed: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int NewSocket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetOption(int socket, int level, int option, [In] long[] value, int length);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    private static partial int BindSocket(int socket, [In] byte[] address, int length);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    private static partial int ConnectSocket(int socket, [In] byte[] address, int length);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint SendBytes(int socket, [In] byte[] bytes, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint ReceiveBytes(int socket, [Out] byte[] bytes, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int CloseDescriptor(int socket);
}
