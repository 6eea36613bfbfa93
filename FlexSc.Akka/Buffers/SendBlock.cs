using System.Diagnostics;

namespace FlexSc.Akka.IO;

/// <summary>
/// Memory that bytes wait in until the kernel took them. Native, so that it stays where it is without pinning. It serves one
/// connection after another: what an earlier one left in it is cleared before somebody may write there, for whoever counts more
/// bytes than it wrote would send them.
/// </summary>
internal sealed unsafe class SendBlock(SendSlab slab, byte* memory, int capacityBytes)
{
    private SendBlockMemory? _memoryManager;
    private int _dirtyBytes;
    private int _exposedBytes;

    public SendSlab Slab => slab;

    public int CapacityBytes => capacityBytes;

    /// <summary>Bytes written so far.</summary>
    public int LengthBytes { get; set; }

    /// <summary>Bytes the kernel took so far.</summary>
    public int SentBytes { get; set; }

    public int RoomBytes => CapacityBytes - KeptFreeBytes - LengthBytes;

    /// <summary>Bytes at its end that are not to be used.</summary>
    public int KeptFreeBytes { get; set; }

    public byte* Unsent => memory + SentBytes;

    public int UnsentBytes => LengthBytes - SentBytes;

    /// <summary>The free block below in its slab.</summary>
    public SendBlock? Next { get; set; }

    /// <summary>Copies as much as there is room for.</summary>
    /// <returns>Bytes copied.</returns>
    public int Append(ReadOnlySpan<byte> bytes)
    {
        int copied = Math.Min(bytes.Length, RoomBytes);
        bytes[..copied].CopyTo(new Span<byte>(memory + LengthBytes, copied));
        LengthBytes += copied;
        return copied;
    }

    /// <summary>Room to write into, free of what others left there.</summary>
    public Span<byte> Expose(int roomBytes)
    {
        Debug.Assert(roomBytes <= RoomBytes, "more room than there is");
        int begin = Math.Max(LengthBytes, _exposedBytes);
        int end = LengthBytes + roomBytes;
        if (begin < Math.Min(end, _dirtyBytes))
        {
            new Span<byte>(memory + begin, Math.Min(end, _dirtyBytes) - begin).Clear();
        }

        _exposedBytes = Math.Max(_exposedBytes, end);
        return new Span<byte>(memory + LengthBytes, roomBytes);
    }

    /// <summary>The same room as a <see cref="Memory{T}"/>, which ends with this use of the block.</summary>
    public Memory<byte> ExposeMemory(int roomBytes)
    {
        _ = Expose(roomBytes);
        _memoryManager ??= new SendBlockMemory(memory, capacityBytes);
        return _memoryManager.Memory.Slice(LengthBytes, roomBytes);
    }

    /// <summary>Makes it ready for the next use.</summary>
    public void Reset()
    {
        _memoryManager?.End();
        _memoryManager = null;
        _dirtyBytes = Math.Max(_dirtyBytes, Math.Max(LengthBytes, _exposedBytes));
        _exposedBytes = 0;
        LengthBytes = 0;
        SentBytes = 0;
        KeptFreeBytes = 0;
    }
}
