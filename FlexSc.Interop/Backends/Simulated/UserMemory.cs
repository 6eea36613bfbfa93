using System.Text;
using FlexSc.Interop.Backends.Readiness;
using FlexSc.Interop.Linux;

namespace FlexSc.Interop.Backends.Simulated;

/// <summary>Memory that a program passes by its address. It is real: an address that is wrong ends the process, but for 0.</summary>
internal static unsafe class UserMemory
{
    /// <summary>Bytes that a call moves at most, MAX_RW_COUNT.</summary>
    private const long MostBytes = 0x7FFF_F000;

    /// <summary>A text that ends with NUL.</summary>
    public static string Text(long address)
    {
        byte* start = (byte*)address;
        int length = 0;
        while (start[length] != 0)
        {
            length++;
        }

        return Encoding.UTF8.GetString(start, length);
    }

    public static Span<byte> Bytes(long address, long count) => new((void*)address, (int)Math.Min(count, MostBytes));

    public static ref T At<T>(long address) where T : unmanaged => ref *(T*)address;

    /// <summary>Copies a value whose length is passed by its address, as getsockname(2) does: what does not fit is cut, the length is the whole one.</summary>
    public static void CopyWithLength(ReadOnlySpan<byte> value, long address, long lengthAddress)
    {
        ref int length = ref At<int>(lengthAddress);
        value[..Math.Min(value.Length, Math.Max(0, length))].CopyTo(Bytes(address, value.Length));
        length = value.Length;
    }

    /// <summary>Bytes of all vectors.</summary>
    public static long LengthOf(long vectors, long count)
    {
        long bytes = 0;
        foreach (ref readonly IoVector vector in Vectors(vectors, count))
        {
            bytes += (long)vector.Length;
        }

        return Math.Min(bytes, MostBytes);
    }

    /// <summary>Copies the first bytes of the vectors.</summary>
    public static void Gather(long vectors, long count, Span<byte> destination)
    {
        foreach (ref readonly IoVector vector in Vectors(vectors, count))
        {
            int part = (int)Math.Min((long)vector.Length, destination.Length);
            Bytes((long)vector.Base, part).CopyTo(destination);
            destination = destination[part..];
        }
    }

    /// <summary>Copies bytes into the vectors, in their order.</summary>
    public static void Scatter(long vectors, long count, ReadOnlySpan<byte> source)
    {
        foreach (ref readonly IoVector vector in Vectors(vectors, count))
        {
            int part = (int)Math.Min((long)vector.Length, source.Length);
            source[..part].CopyTo(Bytes((long)vector.Base, part));
            source = source[part..];
        }
    }

    /// <summary>0, or what a call answers whose memory is not there.</summary>
    public static long Check(long address, long bytes) => bytes < 0 ? -Errno.Invalid : bytes > 0 && address == 0 ? -RareErrno.BadAddress : 0;

    private static ReadOnlySpan<IoVector> Vectors(long vectors, long count) => new((void*)vectors, (int)count);
}
