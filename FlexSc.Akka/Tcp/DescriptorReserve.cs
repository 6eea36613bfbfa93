using FlexSc.Interop.Capabilities;

namespace FlexSc.Akka.IO;

/// <summary>
/// The descriptors that accepting leaves to what serves the connections: files, assemblies, logs, threads. Numbers are given from the
/// lowest free one on, so the last one accepted tells how near the limit is.
/// </summary>
internal struct DescriptorReserve(int reserve, int backlog)
{
    /// <summary>Largest part of the limit that the reserve takes, so that a small limit still admits connections.</summary>
    private const int LargestPart = 4;

    private long _bound = long.MaxValue;

    /// <summary>
    /// True near the bound. A multishot accept takes all that wait in the backlog before anybody can stop it, so there connections are
    /// accepted one by one.
    /// </summary>
    public readonly bool IsNear(int descriptor) => descriptor + (long)backlog >= _bound;

    /// <summary>True for a number of the reserve.</summary>
    public readonly bool Has(int descriptor) => descriptor >= _bound;

    /// <summary>Looks at the limit, which others may change at any time; see prlimit(2).</summary>
    public void Refresh()
    {
        long numbers = (long)Math.Min(ResourceLimit.OfOpenFiles().Soft, int.MaxValue);
        _bound = numbers - Math.Min(reserve, numbers / LargestPart);
    }
}
