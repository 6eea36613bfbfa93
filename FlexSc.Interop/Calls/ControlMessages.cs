using System.Runtime.InteropServices;

namespace FlexSc.Interop.Calls;

/// <summary>Ancillary data of a message, one piece after the other; <c>struct cmsghdr</c>, see cmsg(3).</summary>
/// <param name="control">The data as the kernel wrote it.</param>
public ref struct ControlMessages(ReadOnlySpan<byte> control)
{
    private const int HeaderBytes = 16; // size_t length, int level, int type

    private ReadOnlySpan<byte> _rest = control;

    /// <summary>Protocol of the piece: SOL_SOCKET, IPPROTO_IP …</summary>
    public int Level { get; private set; }

    /// <summary>What it is, among those of the protocol.</summary>
    public int Type { get; private set; }

    /// <summary>Its bytes.</summary>
    public ReadOnlySpan<byte> Data { get; private set; }

    /// <summary>Bytes that a piece takes with its header.</summary>
    public static int SpaceOf(int dataBytes) => HeaderBytes + ((dataBytes + sizeof(long) - 1) & -sizeof(long));

    /// <summary>Writes one piece to the beginning of a buffer that has <see cref="SpaceOf"/> bytes.</summary>
    public static void Write(Span<byte> destination, int level, int type, ReadOnlySpan<byte> data)
    {
        MemoryMarshal.Write(destination, (long)HeaderBytes + data.Length);
        MemoryMarshal.Write(destination[8..], level);
        MemoryMarshal.Write(destination[12..], type);
        data.CopyTo(destination[HeaderBytes..]);
    }

    /// <summary>Goes on to the next piece. False when there is none.</summary>
    public bool MoveNext()
    {
        if (_rest.Length < HeaderBytes)
        {
            return false;
        }

        long length = MemoryMarshal.Read<long>(_rest);
        if (length < HeaderBytes || length > _rest.Length)
        {
            return false;
        }

        Level = MemoryMarshal.Read<int>(_rest[8..]);
        Type = MemoryMarshal.Read<int>(_rest[12..]);
        Data = _rest[HeaderBytes..(int)length];
        _rest = _rest[Math.Min(_rest.Length, SpaceOf(Data.Length))..];
        return true;
    }
}
