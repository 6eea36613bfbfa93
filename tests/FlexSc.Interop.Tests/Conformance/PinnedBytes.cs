using System.Runtime.InteropServices;

namespace FlexSc.Interop.Tests.Conformance;

/// <summary>Memory for the kernel: the collector does not move it, and it lives as long as this object is held.</summary>
internal sealed class PinnedBytes
{
    private readonly byte[] _bytes;

    public PinnedBytes(int length) => _bytes = GC.AllocateArray<byte>(length, pinned: true);

    public PinnedBytes(ReadOnlySpan<byte> content) : this(content.Length) => content.CopyTo(_bytes);

    public int Length => _bytes.Length;

    public Span<byte> Span => _bytes;

    public long Address => Marshal.UnsafeAddrOfPinnedArrayElement(_bytes, 0);
}
