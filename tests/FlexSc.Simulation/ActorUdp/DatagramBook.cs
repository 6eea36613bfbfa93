using System.Buffers.Binary;
using FlexSc.Interop.Backends.Simulated;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.ActorUdp;

/// <summary>Every datagram of a run, so that none comes that was not sent, is altered, goes astray, or comes too often.</summary>
internal sealed class DatagramBook(World world)
{
    /// <summary>Who sent it, and which of its datagrams it is.</summary>
    public const int HeaderBytes = 8;

    private readonly List<DatagramSource> _sources = [];

    /// <summary>Those that networks double come twice.</summary>
    private int MostCopies => world.Kernel.Profile.DatagramDuplicatePerMillion > 0 ? 2 : 1;

    /// <summary>A socket that sends.</summary>
    public DatagramSource Add(DatagramSocket socket)
    {
        DatagramSource source = new(_sources.Count, socket);
        _sources.Add(source);
        return source;
    }

    /// <summary>Makes the next datagram of a source.</summary>
    /// <param name="source">The source.</param>
    /// <param name="target">Address of the socket that is to get it.</param>
    /// <param name="bytes">Its length.</param>
    public static byte[] Next(DatagramSource source, SimulatedAddress target, int bytes)
    {
        byte[] datagram = new byte[bytes];
        BinaryPrimitives.WriteInt32LittleEndian(datagram, source.Number);
        BinaryPrimitives.WriteInt32LittleEndian(datagram.AsSpan(sizeof(int)), source.Sent.Count);
        ByteStream.Fill(datagram.AsSpan(HeaderBytes), StreamOf(source), source.Sent.Count);
        source.Sent.Add(new SentDatagram(target, bytes));
        return datagram;
    }

    /// <summary>Checks a datagram that came.</summary>
    /// <param name="datagram">Its bytes.</param>
    /// <param name="receiver">Where it came.</param>
    /// <param name="who">Who tells.</param>
    /// <returns>Who sent it.</returns>
    /// <exception cref="SimulationFailure">It was not sent so.</exception>
    public DatagramSource Take(ReadOnlySpan<byte> datagram, DatagramSocket receiver, string who)
    {
        int number = datagram.Length < HeaderBytes ? -1 : BinaryPrimitives.ReadInt32LittleEndian(datagram);
        int index = number < 0 ? -1 : BinaryPrimitives.ReadInt32LittleEndian(datagram[sizeof(int)..]);
        if (number < 0 || number >= _sources.Count || index < 0 || index >= _sources[number].Sent.Count)
        {
            throw new SimulationFailure($"{who}: a datagram of {datagram.Length} bytes came that nobody sent");
        }

        DatagramSource source = _sources[number];
        SentDatagram sent = source.Sent[index];
        if (sent.Bytes != datagram.Length || sent.Target.Port != receiver.Local.Port || sent.Target.Path != receiver.Local.Path)
        {
            throw new SimulationFailure(
                $"{who}: {datagram.Length} bytes came at {receiver.Local} of a datagram of {sent.Bytes} to {sent.Target}");
        }

        ByteStream.Check(datagram[HeaderBytes..], StreamOf(source), index, who);
        if (++sent.Received > MostCopies)
        {
            throw new SimulationFailure($"{who}: datagram {index} of {source.Socket.Local} came {sent.Received} times");
        }

        return source;
    }

    private static uint StreamOf(DatagramSource source) => (uint)source.Number + 1;
}

/// <summary>A socket that sends datagrams.</summary>
internal sealed record DatagramSource(int Number, DatagramSocket Socket)
{
    public List<SentDatagram> Sent { get; } = [];
}

/// <summary>A datagram that was told to a socket.</summary>
internal sealed class SentDatagram(SimulatedAddress target, int bytes)
{
    public SimulatedAddress Target => target;

    public int Bytes => bytes;

    public int Received { get; set; }
}
