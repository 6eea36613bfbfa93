using System.Runtime.InteropServices;

namespace FlexSc.Simulation.Worlds;

/// <summary>Memory that the collector does not move.</summary>
internal sealed class NativeBytes(int length)
{
    private readonly byte[] _bytes = GC.AllocateArray<byte>(length, pinned: true);

    public int Length => _bytes.Length;

    public Span<byte> Span => _bytes;

    public long Address => Marshal.UnsafeAddrOfPinnedArrayElement(_bytes, 0);
}
