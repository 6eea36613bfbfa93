using FlexSc.Interop.Linux;
using Xunit;

namespace FlexSc.Interop.Tests.Conformance;

/// <summary>A soft limit on the numbers of descriptors, see getrlimit(2), until disposed.</summary>
internal sealed class DescriptorLimit : IDisposable
{
    private const int NumberPrlimit64 = 302;
    private const int ResourceDescriptors = 7;
    private readonly ulong[] _before = new ulong[2];

    public DescriptorLimit(ulong softLimit)
    {
        Exchange(null, _before);
        Exchange([softLimit, _before[1]], null);
    }

    /// <summary>
    /// Every call for a new descriptor fails: number 0 alone is below the limit, and in use. It is not the lowest number that is free, for one
    /// below that may be closed at any time, as a ring that a loop has left is, and the next call takes it.
    /// </summary>
    public static DescriptorLimit NoneLeft() => new(1);

    public void Dispose() => Exchange(_before, null);

    private static unsafe void Exchange(ulong[]? next, ulong[]? previous)
    {
        fixed (ulong* nextAddress = next)
        fixed (ulong* previousAddress = previous)
        {
            Assert.Equal(0, RawSystemCall.Invoke(NumberPrlimit64, 0, ResourceDescriptors, (long)nextAddress, (long)previousAddress));
        }
    }
}
