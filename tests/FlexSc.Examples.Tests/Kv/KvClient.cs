using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace FlexSc.Examples.Tests.Kv;

/// <summary>A blocking client that reads replies as the protocol delimits them. Every wait has a deadline.</summary>
internal sealed class KvClient : IDisposable
{
    private const int DeadlineMs = 30_000;

    private readonly Socket _socket;
    private readonly byte[] _received = new byte[64 * 1024];
    private int _start;
    private int _end;

    public KvClient(EndPoint endPoint)
    {
        bool isUnix = endPoint is UnixDomainSocketEndPoint;
        _socket = isUnix
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _socket.ReceiveTimeout = DeadlineMs;
        _socket.SendTimeout = DeadlineMs;
        _socket.Connect(endPoint);
    }

    public Socket Socket => _socket;

    public void Send(string text) => Send(Encoding.Latin1.GetBytes(text));

    public void Send(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[_socket.Send(bytes)..];
        }
    }

    public string Ask(string text)
    {
        Send(text);
        return ReadReply();
    }

    /// <summary>Reads one reply with its values; the lines without their ends are joined by bars.</summary>
    public string ReadReply()
    {
        StringBuilder reply = new();
        while (true)
        {
            string line = ReadLine();
            reply.Append(line);
            if (line.StartsWith("VALUE ", StringComparison.Ordinal))
            {
                reply.Append('|').Append(ReadBlock(int.Parse(line.Split(' ')[3], CultureInfo.InvariantCulture)));
            }
            else if (line.StartsWith("VA ", StringComparison.Ordinal))
            {
                return reply.Append('|').Append(ReadBlock(int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture))).ToString();
            }
            else if (!line.StartsWith("STAT ", StringComparison.Ordinal))
            {
                return reply.ToString();
            }

            reply.Append('|');
        }
    }

    public string ReadLine()
    {
        List<byte> line = [];
        for (int next = ReadByte(); next != '\n'; next = ReadByte())
        {
            line.Add((byte)(next >= 0 ? next : throw new EndOfStreamException($"connection ended in '{Text(line)}'")));
        }

        return Text(line).TrimEnd('\r');
    }

    /// <summary>True when the server ended the connection with a FIN and nothing was left to read.</summary>
    public bool HasEndedInOrder() => ReadByte() < 0;

    /// <summary>True when the server closed the connection and nothing was left to read.</summary>
    public bool IsAtEnd()
    {
        try
        {
            return ReadByte() < 0;
        }
        catch (SocketException failure) when (failure.SocketErrorCode == SocketError.ConnectionReset)
        {
            return true;
        }
    }

    public void Dispose() => _socket.Dispose();

    private string ReadBlock(int length)
    {
        byte[] block = new byte[length + 2];
        for (int index = 0; index < block.Length; index++)
        {
            block[index] = (byte)ReadByte();
        }

        return block is [.., (byte)'\r', (byte)'\n']
            ? Encoding.Latin1.GetString(block, 0, length)
            : throw new InvalidDataException("a value does not end with CR LF");
    }

    private int ReadByte()
    {
        if (_start == _end)
        {
            _start = 0;
            _end = _socket.Receive(_received);
            if (_end == 0)
            {
                return -1;
            }
        }

        return _received[_start++];
    }

    private static string Text(List<byte> bytes) => Encoding.Latin1.GetString([.. bytes]);
}
