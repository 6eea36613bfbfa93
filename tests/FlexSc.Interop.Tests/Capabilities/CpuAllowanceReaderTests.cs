using FlexSc.Interop.Capabilities;
using Xunit;

namespace FlexSc.Interop.Tests.Capabilities;

public sealed class CpuAllowanceReaderTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("flexsc-allowance-").FullName;

    public CpuAllowanceReaderTests()
    {
        Write("proc/self/status", "Name:\ttest\nCpus_allowed_list:\t0-7\nvoluntary_ctxt_switches:\t1\n");
        Write("proc/self/cgroup", "0::/machine/service\n");
        Write("proc/self/mountinfo", "31 30 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
        Write("sys/fs/cgroup/machine/cpuset.cpus.effective", "0-5\n");
        Write("sys/fs/cgroup/machine/cpu.max", "350000 100000\n");
        Write("sys/fs/cgroup/machine/service/cpu.max", "max 100000\n");
        Write("sys/fs/cgroup/machine/cpu.stat", "usage_usec 5\nnr_periods 10\nnr_throttled 4\n");
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void What_changes_is_seen_at_the_next_reading()
    {
        CpuAllowanceReader reader = new(_root);
        Assert.Equal(new CpuAllowance([0, 1, 2, 3, 4, 5], new CgroupCpuQuota("v2", 3.5)), reader.Allowance);
        Assert.Equal([(10, 4)], reader.Throttling.Levels);

        // As many letters as before.
        Write("proc/self/status", "Name:\ttest\nCpus_allowed_list:\t1-7\nvoluntary_ctxt_switches:\t2\n");
        AssertAllowed(reader, [1, 2, 3, 4, 5], 3.5);
        Write("sys/fs/cgroup/machine/cpu.max", "250000 100000\n");
        AssertAllowed(reader, [1, 2, 3, 4, 5], 2.5);
        Write("sys/fs/cgroup/machine/cpuset.cpus.effective", "0-2\n");
        AssertAllowed(reader, [1, 2], 2.5);

        // A controller is delegated now.
        Write("sys/fs/cgroup/machine/service/cpuset.cpus.effective", "2\n");
        AssertAllowed(reader, [2], 2.5);
        Write("sys/fs/cgroup/machine/service/cpu.max", "50000 100000\n");
        AssertAllowed(reader, [2], 0.5);
        File.Delete(PathOf("sys/fs/cgroup/machine/service/cpu.max"));
        AssertAllowed(reader, [2], 2.5);

        Write("sys/fs/cgroup/machine/cpu.stat", "usage_usec 6\nnr_periods 12\nnr_throttled 5\n");
        reader.Read();
        Assert.Equal([(12, 5)], reader.Throttling.Levels);
    }

    [Fact]
    public void Another_group_has_other_files()
    {
        CpuAllowanceReader reader = new(_root);
        Write("sys/fs/cgroup/other/cpu.max", "150000 100000\n");
        Write("proc/self/cgroup", "0::/other\n");
        AssertAllowed(reader, [0, 1, 2, 3, 4, 5, 6, 7], 1.5);
        Assert.Empty(reader.Throttling.Levels);
    }

    [Fact]
    public void A_hierarchy_that_is_mounted_later_counts()
    {
        Write("proc/self/mountinfo", "20 19 0:3 / /proc rw - proc proc rw\n");
        CpuAllowanceReader reader = new(_root);
        AssertAllowed(reader, [0, 1, 2, 3, 4, 5, 6, 7], null);
        Write("proc/self/mountinfo", "31 30 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
        AssertAllowed(reader, [0, 1, 2, 3, 4, 5], 3.5);
    }

    [Fact]
    public void What_is_the_same_is_the_same_object_and_leaves_little_to_the_collector()
    {
        // A handle for each of its files, and nothing by what they say: this one says more than that.
        const int mostBytes = 4 * 1024;
        const int readings = 100;
        Write("proc/self/status", $"Name:\t{new string('x', mostBytes)}\nCpus_allowed_list:\t0-7\n");
        CpuAllowanceReader reader = new(_root);
        reader.Read();
        CpuAllowance allowance = reader.Allowance;
        CgroupThrottling throttling = reader.Throttling;

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < readings; i++)
        {
            reader.Read();
        }

        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / readings, 0, mostBytes);
        Assert.Same(allowance, reader.Allowance);
        Assert.Same(throttling, reader.Throttling);
    }

    private static void AssertAllowed(CpuAllowanceReader reader, IReadOnlyList<int> cpus, double? cores)
    {
        reader.Read();
        Assert.Equal(cpus, reader.Allowance.Cpus);
        Assert.Equal(cores, reader.Allowance.Quota?.Cores);
    }

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(path))!);
        File.WriteAllText(PathOf(path), text);
    }

    private string PathOf(string path) => Path.Combine(_root, path);
}
