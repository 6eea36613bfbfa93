using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FlexSc.Interop.Backends.SyscallThreads;

/// <summary>
/// <c>struct epoll_event</c> of include/uapi/linux/eventpoll.h: 32 bits of events, and 64 bits of data, which follow at once on x86-64
/// (EPOLL_PACKED) and are aligned elsewhere.
/// </summary>
/// <param name="Bytes">Of the structure.</param>
/// <param name="DataOffset">Where the data begins; the events are at 0.</param>
internal readonly record struct EpollEventLayout(int Bytes, int DataOffset)
{
    /// <summary>Room for one on any architecture.</summary>
    public const int MostBytes = 16;

    public static EpollEventLayout X64 { get; } = new(Bytes: 12, DataOffset: 4);

    public static EpollEventLayout Arm64 { get; } = new(Bytes: 16, DataOffset: 8);

    /// <summary>That of the machine that this runs on.</summary>
    public static EpollEventLayout OfMachine { get; } = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? Arm64 : X64;

    /// <summary>Writes an event.</summary>
    public unsafe void Write(byte* target, uint events, ulong data)
    {
        Unsafe.WriteUnaligned(target, events);
        Unsafe.WriteUnaligned(target + DataOffset, data);
    }

    /// <summary>Reads one of a row of events.</summary>
    public unsafe (uint Events, ulong Data) Read(byte* row, int index)
    {
        byte* source = row + (index * Bytes);
        return (Unsafe.ReadUnaligned<uint>(source), Unsafe.ReadUnaligned<ulong>(source + DataOffset));
    }
}
