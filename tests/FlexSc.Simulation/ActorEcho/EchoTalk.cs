using System.Buffers.Binary;
using FlexSc.Simulation.Actors;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.ActorEcho;

/// <summary>One connection: what is said on it, how it ends, and what both sides know of it, for they run in one thread.</summary>
/// <param name="client">The process of the client.</param>
/// <param name="stream">Names its bytes.</param>
/// <param name="mode">How it ends.</param>
/// <param name="bytes">Bytes that the client sends, the header among them.</param>
internal sealed class EchoTalk(ActorProcess client, uint stream, EndMode mode, int bytes)
{
    public const int HeaderBytes = 1 + sizeof(uint);

    public uint Stream => stream;

    public EndMode Mode => mode;

    /// <summary>Bytes that the client sends, the header among them.</summary>
    public int Bytes => bytes;

    /// <summary>Bytes after which the server ends it.</summary>
    public int ServerEndsAfter { get; init; } = int.MaxValue;

    /// <summary>Bytes heard after which the client ends it.</summary>
    public int ClientEndsAfter { get; init; } = int.MaxValue;

    /// <summary>Bytes at the end that the server writes when it has heard the client's end.</summary>
    public int HeldBackBytes { get; init; }

    /// <summary>The client's process is gone.</summary>
    public bool IsCrashed => client.HasCrashed;

    public bool ServerEndsIt => mode >= EndMode.ServerConfirmsClose;

    public void Fill(Span<byte> piece, long position)
    {
        ByteStream.Fill(piece, stream, position);
        for (int i = 0; i < piece.Length && position + i < HeaderBytes; i++)
        {
            piece[i] = Header()[(int)position + i];
        }
    }

    public void Check(ReadOnlySpan<byte> piece, long position, string who)
    {
        byte[] expected = new byte[piece.Length];
        Fill(expected, position);
        int same = piece.CommonPrefixLength(expected);
        if (same < piece.Length)
        {
            throw new SimulationFailure($"{who}: byte {position + same} of stream {stream} is wrong");
        }
    }

    public override string ToString() => $"{mode}, stream {stream}, {bytes} bytes";

    private byte[] Header()
    {
        byte[] header = new byte[HeaderBytes];
        header[0] = (byte)mode;
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(1), stream);
        return header;
    }
}
