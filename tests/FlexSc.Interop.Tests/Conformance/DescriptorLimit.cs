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
