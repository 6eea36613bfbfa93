using FlexSc.Interop.Capabilities;
using Xunit;

namespace FlexSc.Interop.Tests.Capabilities;

/// <summary>How often a quota held the process back, read below a folder that stands for the root of the file system.</summary>
public sealed class CgroupThrottlingTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("flexsc-throttling-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void The_group_that_was_held_back_most_counts()
    {
        Write("proc/self/cgroup", "0::/machine/service\n");
        Write("proc/self/mountinfo", "31 30 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
        Stat("sys/fs/cgroup/machine", periods: 100, throttled: 10);
        Stat("sys/fs/cgroup/machine/service", periods: 50, throttled: 5);
        CgroupThrottling before = CgroupThrottling.Read(_root);
        Assert.Equal([(100, 10), (50, 5)], before.Levels);
        Assert.Equal(0, CgroupThrottling.Read(_root).Since(before));

        Stat("sys/fs/cgroup/machine", periods: 110, throttled: 11);
        Stat("sys/fs/cgroup/machine/service", periods: 60, throttled: 8);
        Assert.Equal(0.3, CgroupThrottling.Read(_root).Since(before), precision: 9);
    }

    [Fact]
    public void A_group_of_version_one_has_the_same_counts()
    {
        Write("proc/self/cgroup", "4:cpu,cpuacct:/a\n");
        Write("proc/self/mountinfo", "34 31 0:31 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n");
        Write("sys/fs/cgroup/cpu,cpuacct/a/cpu.stat", "nr_periods 7\nnr_throttled 3\nthrottled_time 123456789\n");
        Assert.Equal([(7, 3)], CgroupThrottling.Read(_root).Levels);
    }

    [Fact]
    public void Without_a_quota_nothing_is_held_back()
    {
        // The kernel leaves these counts out of a group without the controller.
        Write("proc/self/cgroup", "0::/\n");
        Write("proc/self/mountinfo", "31 30 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
        Write("sys/fs/cgroup/cpu.stat", "usage_usec 1000\nuser_usec 600\nsystem_usec 400\n");
        CgroupThrottling none = CgroupThrottling.Read(_root);
        Assert.Empty(none.Levels);
        Assert.Equal(0, none.Since(none));

        // Nor is it known what groups that came meanwhile held back before.
        Stat("sys/fs/cgroup", periods: 9, throttled: 9);
        Assert.Equal(0, CgroupThrottling.Read(_root).Since(none));
    }

    private void Stat(string group, long periods, long throttled) => Write(
        $"{group}/cpu.stat", $"usage_usec 1000\nuser_usec 600\nsystem_usec 400\nnr_periods {periods}\nnr_throttled {throttled}\nthrottled_usec 77\n");

    private void Write(string path, string text)
    {
        string file = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
