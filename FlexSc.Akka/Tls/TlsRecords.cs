using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;

namespace FlexSc.Akka.IO;

/// <summary>
/// Records of TLS as they are received: their boundaries, and the bytes of those that are not complete yet. RFC 8446 5.1, RFC 5246 6.2.
/// One thread at a time.
/// </summary>
internal sealed class TlsRecords
{
    public const int HeaderBytes = 5;

    /// <summary>Plain bytes a record may carry.</summary>
    public const int MostPlainBytes = 1 << 14;

    /// <summary>Bytes a record's own may be, in TLS 1.2, which allows more than 1.3.</summary>
    private const int MostBodyBytes = MostPlainBytes + 2048;

    private const int FirstContentType = 20;
    private const int LastContentType = 24;
    private const int MajorVersion = 3;

    private byte[] _bytes = [];
    private int _begin;
    private int _end;

    public int Length => _end - _begin;

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(_begin, Length);

    /// <summary>Bytes of the complete records that are there.</summary>
    public int CompleteBytes
    {
        get
        {
            int complete = 0;
            while (LengthOfFirst(Bytes[complete..]) is > 0 and int length)
            {
                complete += length;
            }

            return complete;
        }
    }

    /// <summary>Whether bytes can be the beginning of a record.</summary>
    public static bool MayBeRecord(ReadOnlySpan<byte> bytes) =>
        (bytes.Length < 1 || bytes[0] is >= FirstContentType and <= LastContentType)
        && (bytes.Length < 2 || bytes[1] == MajorVersion)
        && (bytes.Length < HeaderBytes || BodyBytes(bytes) <= MostBodyBytes);

    /// <summary>Bytes of the record that begins there; 0 when it is not complete.</summary>
    public static int LengthOfFirst(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderBytes)
        {
            return 0;
        }

        int length = HeaderBytes + BodyBytes(bytes);
        return length <= bytes.Length ? length : 0;
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        MakeRoom(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(_end));
        _end += bytes.Length;
    }

    /// <summary>Takes of what was received as much as the record needs that is not complete yet.</summary>
    /// <returns>Bytes taken.</returns>
    public int Complete(ReadOnlySpan<byte> received)
    {
        Debug.Assert(Length > 0, "nothing is there to be completed");
        int taken = 0;
        if (Length < HeaderBytes)
        {
            taken = Math.Min(HeaderBytes - Length, received.Length);
            Append(received[..taken]);
        }

        if (Length >= HeaderBytes && MayBeRecord(Bytes))
        {
            int more = Math.Min(HeaderBytes + BodyBytes(Bytes) - Length, received.Length - taken);
            Append(received.Slice(taken, more));
            taken += more;
        }

        return taken;
    }

    /// <summary>Lets go of bytes at the beginning, and of the memory with the last of them.</summary>
    public void Discard(int bytes)
    {
        Debug.Assert(bytes <= Length, "more than there is");
        _begin += bytes;
        if (_begin == _end)
        {
            Clear();
        }
    }

    public void Clear()
    {
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = [];
        }

        _begin = 0;
        _end = 0;
    }

    private static int BodyBytes(ReadOnlySpan<byte> header) => BinaryPrimitives.ReadUInt16BigEndian(header[3..]);

    private void MakeRoom(int bytes)
    {
        int length = Length;
        if (_end + bytes <= _bytes.Length)
        {
            return;
        }

        // A record whose length is known has room for all of itself at once.
        int expected = length >= HeaderBytes ? Math.Min(HeaderBytes + BodyBytes(Bytes), HeaderBytes + MostBodyBytes) : 0;
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(length + bytes, expected));
        Bytes.CopyTo(larger);
        Clear();
        _bytes = larger;
        _end = length;
    }
}
