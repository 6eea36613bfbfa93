using System.Runtime.InteropServices;

namespace FlexSc.Interop.Backends.Simulated;

/// <summary>A piece of ancillary data, cmsg(3).</summary>
/// <param name="Level">Its protocol.</param>
/// <param name="Type">What it is, among those of the protocol.</param>
/// <param name="Data">Its bytes; null for no piece.</param>
internal readonly record struct SimulatedControl(int Level, int Type, byte[] Data)
{
    // size_t length, int level, int type.
    private const int HeaderBytes = 16;
    private const int LevelOffset = 8;
    private const int TypeOffset = 12;
    private const int LevelSocket = 1; // SOL_SOCKET
    private const int Rights = 1; // SCM_RIGHTS

    /// <summary>Bytes that it takes, with its header; 0 for no piece.</summary>
    public int Length => Data is null ? 0 : HeaderBytes + Data.Length;

    /// <summary>Descriptors of unix(7).</summary>
    public static SimulatedControl OfDescriptors(ReadOnlySpan<int> descriptors) =>
        new(LevelSocket, Rights, MemoryMarshal.AsBytes(descriptors).ToArray());

    /// <summary>How many descriptors fit into so much room.</summary>
    public static int MostDescriptors(long roomBytes) => (int)Math.Max(0, roomBytes - HeaderBytes) / sizeof(int);

    /// <summary>The descriptors of ancillary data that is sent; none where there are none.</summary>
    public static int[] DescriptorsOf(ReadOnlySpan<byte> control)
    {
        if (control.Length < HeaderBytes || MemoryMarshal.Read<int>(control[LevelOffset..]) != LevelSocket
            || MemoryMarshal.Read<int>(control[TypeOffset..]) != Rights)
        {
            return [];
        }

        int length = (int)Math.Min(control.Length, MemoryMarshal.Read<long>(control));
        return MemoryMarshal.Cast<byte, int>(control[HeaderBytes..length]).ToArray();
    }

    /// <summary>Writes it to the beginning of a buffer that has room.</summary>
    public void Write(Span<byte> destination)
    {
        MemoryMarshal.Write(destination, (long)HeaderBytes + Data.Length);
        MemoryMarshal.Write(destination[LevelOffset..], Level);
        MemoryMarshal.Write(destination[TypeOffset..], Type);
        Data.CopyTo(destination[HeaderBytes..]);
    }
}
