using System.Runtime.InteropServices;
using Tmds.Linux;

namespace FlexSc.Interop.Linux;

/// <summary>
/// Native memory that goes back to the system when it is disposed: an anonymous mapping, see mmap(2). What malloc(3) has handed
/// out it keeps for later, so that a burst stays in the process; blocks that come and go in number are cut from one of these.
/// The memory is zero at first, and used when first touched. Not safe for use by several threads at a time.
/// </summary>
public sealed unsafe class MappedMemory : IDisposable
{
    private byte* _address;

    /// <summary>Maps memory.</summary>
    /// <param name="bytes">At least 1; rounded up to whole pages.</param>
    /// <exception cref="ArgumentOutOfRangeException">Less than one byte.</exception>
    /// <exception cref="LinuxException">mmap failed: ENOMEM when the process may have no more.</exception>
    public MappedMemory(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 1);
        long pageBytes = Environment.SystemPageSize;
        Bytes = (bytes + pageBytes - 1) / pageBytes * pageBytes;
        _address = (byte*)NativeMemoryMap.MapPrivateAnonymous((nuint)Bytes);
    }

    /// <summary>Bytes of the mapping: whole pages.</summary>
    public long Bytes { get; }

    /// <summary>First byte, on a page's boundary; null once disposed.</summary>
    public byte* Address => _address;

    /// <summary>Gives the pages back that lie wholly in a range. The range stays usable and reads as zero.</summary>
    /// <param name="offset">First byte of the range.</param>
    /// <param name="bytes">Bytes of the range.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range is not in the mapping.</exception>
    /// <exception cref="ObjectDisposedException">The memory is unmapped.</exception>
    /// <exception cref="LinuxException">madvise failed.</exception>
    public void Discard(long offset, long bytes)
    {
        ObjectDisposedException.ThrowIf(_address == null, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, Bytes - offset);
        long pageBytes = Environment.SystemPageSize;
        long first = (offset + pageBytes - 1) / pageBytes * pageBytes;
        long end = (offset + bytes) / pageBytes * pageBytes;
        if (first < end && LibC.madvise(_address + first, (size_t)(ulong)(end - first), LibC.MADV_DONTNEED) != 0)
        {
            throw new LinuxException(Marshal.GetLastPInvokeError(), "madvise", $"{end - first} bytes of mapped memory");
        }
    }

    /// <summary>Unmaps the memory. Nothing may use it any more.</summary>
    public void Dispose()
    {
        byte* address = _address;
        if (address != null)
        {
            _address = null;
            NativeMemoryMap.Unmap(address, (nuint)Bytes);
        }
    }
}
