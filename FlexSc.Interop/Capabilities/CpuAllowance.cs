namespace FlexSc.Interop.Capabilities;

/// <summary>
/// The cores that the process may use now, and how much of their time. Both change while it runs: by sched_setaffinity(2) from
/// outside, as <c>taskset -p</c> does, and by whoever writes into its control group.
/// </summary>
/// <param name="Cpus">Numbers of the cores, ascending: those of its main thread, as far as its control group has them.</param>
/// <param name="Quota">CPU time of its control group; null where no group limits it, or that is unknown.</param>
public sealed record CpuAllowance(IReadOnlyList<int> Cpus, CgroupCpuQuota? Quota)
{
    /// <summary>Threads that can run all the time: no more than cores, and no more than the quota carries, but one at least.</summary>
    public int FullCores => Quota?.Cores is double cores ? Math.Clamp((int)cores, 1, Math.Max(1, Cpus.Count)) : Math.Max(1, Cpus.Count);

    /// <summary>Reads it once; a few small files. From any thread. <see cref="CpuAllowanceReader"/> is for those who do it again and again.</summary>
    public static CpuAllowance Read() => Read(HostFiles.Host);

    /// <summary>
    /// As <see cref="Read()"/>, with /proc and /sys below another folder: a container's, or a description of another machine.
    /// </summary>
    /// <param name="rootFolder">What stands for <c>/</c>.</param>
    public static CpuAllowance Read(string rootFolder) => Read(new HostFiles(rootFolder));

    /// <summary>The same cores and the same quota.</summary>
    public bool Equals(CpuAllowance? other) => other is not null && Cpus.SequenceEqual(other.Cpus) && Quota == other.Quota;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Cpus.Count, Cpus.Count > 0 ? Cpus[^1] : 0, Quota);

    internal static CpuAllowance Read(HostFiles files) => new CpuAllowanceReader(files).Allowance;
}
