using System.Globalization;
using FlexSc.Interop.Capabilities;
using FlexSc.Interop.Page;
using Xunit;

namespace FlexSc.Interop.Tests.Capabilities;

public sealed class HostCapabilitiesTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("flexsc-host-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Missing_files_are_unknown()
    {
        HostCapabilities host = HostCapabilities.Read(new HostFiles(_root), new IoUringCapabilities(), new KernelModuleCapabilities());
        Assert.Null(host.KernelRelease);
        Assert.Null(host.KernelVersion);
        Assert.Null(host.OnlineCores);
        Assert.Null(host.AffinityCores);
        Assert.Null(host.CpuQuota);
        Assert.Null(host.HasIpcLock);
        Assert.Null(host.IoUringDisabled);
        Assert.Null(host.SeccompMode);
        Assert.False(host.HasFlexScDevice);
    }

    [Fact]
    public void Unreadable_content_is_unknown()
    {
        Write("proc/sys/kernel/osrelease", "linux\n");
        Write("proc/sys/kernel/io_uring_disabled", "maybe\n");
        Write("sys/devices/system/cpu/online", "3-1\n");
        Write("proc/self/status", "Cpus_allowed_list:\ta-b\nCapEff:\txyz\nSeccomp:\n");
        Write("proc/self/cgroup", "garbage\n0::\n");
        Write("proc/self/mountinfo", "garbage\n - cgroup2\n");
        HostCapabilities host = HostCapabilities.Read(new HostFiles(_root), new IoUringCapabilities(), new KernelModuleCapabilities());
        Assert.Equal("linux", host.KernelRelease);
        Assert.Null(host.KernelVersion);
        Assert.Null(host.OnlineCores);
        Assert.Null(host.AffinityCores);
        Assert.Null(host.CpuQuota);
        Assert.Null(host.HasIpcLock);
        Assert.Null(host.IoUringDisabled);
        Assert.Null(host.SeccompMode);
    }

    [Fact]
    public void Files_of_a_host_are_read()
    {
        Write("proc/sys/kernel/osrelease", "5.15.0-91-generic\n");
        Write("proc/sys/kernel/io_uring_disabled", "2\n");
        Write("sys/devices/system/cpu/online", "0-3,8\n");
        Write("proc/self/status", "Name:\ttest\nCapEff:\t0000000000004000\nSeccomp:\t2\nCpus_allowed_list:\t1,3\n");
        Write("dev/flexsc", "");
        HostCapabilities host = HostCapabilities.Read(new HostFiles(_root), new IoUringCapabilities(), new KernelModuleCapabilities());
        Assert.Equal(new Version(5, 15), host.KernelVersion);
        Assert.Equal(2, host.IoUringDisabled);
        Assert.Equal(5, host.OnlineCores);
        Assert.Equal([1, 3], host.AffinityCores);
        Assert.True(host.HasIpcLock);
        Assert.Equal(2, host.SeccompMode);
        Assert.True(host.HasFlexScDevice);
    }

    [Theory]
    [InlineData("6.18.44-fc-v782", 6, 18)]
    [InlineData("6.1-rc3", 6, 1)]
    [InlineData("5.4", 5, 4)]
    public void A_release_has_a_version(string release, int major, int minor) =>
        Assert.Equal(new Version(major, minor), HostCapabilities.ParseKernelVersion(release));

    [Fact]
    public void The_smallest_quota_on_the_way_to_the_root_counts()
    {
        Write("proc/self/cgroup", "0::/machine/service\n");
        Write("proc/self/mountinfo", "31 30 0:28 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw\n");
        Write("sys/fs/cgroup/machine/cpu.max", "150000 100000\n");
        Write("sys/fs/cgroup/machine/service/cpu.max", "400000 100000\n");
        Assert.Equal(new CgroupCpuQuota("v2", 1.5), CgroupCpuQuota.Read(new HostFiles(_root)));
    }

    [Fact]
    public void A_group_without_a_limit_has_no_quota()
    {
        Write("proc/self/cgroup", "0::/service\n");
        Write("proc/self/mountinfo", "31 30 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
        Write("sys/fs/cgroup/service/cpu.max", "max 100000\n");
        Assert.Equal(new CgroupCpuQuota("v2", null), CgroupCpuQuota.Read(new HostFiles(_root)));
    }

    [Fact]
    public void A_container_sees_its_own_group_as_the_root_of_the_mount()
    {
        Write("proc/self/cgroup", "4:cpu,cpuacct:/docker/abc\n0::/docker/abc\n");
        Write("proc/self/mountinfo", "31 30 0:28 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct\n");
        Write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "50000\n");
        Write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
        Assert.Equal(new CgroupCpuQuota("v1", 0.5), CgroupCpuQuota.Read(new HostFiles(_root)));
    }

    [Fact]
    public void A_version_one_group_without_a_limit_says_minus_one()
    {
        Write("proc/self/cgroup", "1:cpu:/\n");
        Write("proc/self/mountinfo", "31 30 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n");
        Write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
        Write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
        Assert.Equal(new CgroupCpuQuota("v1", null), CgroupCpuQuota.Read(new HostFiles(_root)));
    }

    [Fact]
    public void This_host_is_read_as_its_own_tools_and_the_runtime_see_it()
    {
        HostCapabilities host = HostCapabilities.Read();
        Assert.Equal("x86-64", host.Architecture);
        Assert.True(host.IsLittleEndian);
        Assert.Equal(Environment.OSVersion.Version.Major, host.KernelVersion!.Major);
        Assert.Equal(Environment.OSVersion.Version.Minor, host.KernelVersion.Minor);
        Assert.InRange(host.AffinityCores!.Count, 1, host.OnlineCores!.Value);

        // /proc/self/limits: "Max locked memory  soft  hard  bytes".
        string line = File.ReadLines("/proc/self/limits").Single(text => text.StartsWith("Max locked memory", StringComparison.Ordinal));
        string[] values = line["Max locked memory".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(values[0], TextOf(host.LockedMemoryBytes!.Value.Soft));
        Assert.Equal(values[1], TextOf(host.LockedMemoryBytes.Value.Hard));

        static string TextOf(ulong limit) => limit == ResourceLimit.Unlimited ? "unlimited" : limit.ToString(CultureInfo.InvariantCulture);
    }

    [Fact]
    public void Options_out_of_range_are_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => HostCapabilities.Read(new SyscallLoopOptions { SubmissionSlots = 3 }));

    [Fact]
    public void Reading_leaves_no_file_descriptor_open()
    {
        HostCapabilities.Read();
        int before = Directory.GetFiles("/proc/self/fd").Length;
        for (int i = 0; i < 20; i++)
        {
            HostCapabilities.Read();
        }

        Assert.InRange(Directory.GetFiles("/proc/self/fd").Length, 0, before + 5);
    }

    private void Write(string path, string text)
    {
        string file = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
