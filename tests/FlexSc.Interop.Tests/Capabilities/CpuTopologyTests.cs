using FlexSc.Interop.Capabilities;
using FlexSc.Interop.Linux;
using FlexSc.Tests.Machines;
using Xunit;

namespace FlexSc.Interop.Tests.Capabilities;

public sealed class CpuTopologyTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("flexsc-machine-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Two_cores_as_a_virtual_machine_has_them()
    {
        WriteDump("two-cores.txt");
        Write("proc/self/status", "Cpus_allowed_list:\t0-1\n");
        CpuTopology machine = CpuTopology.Read(_root);
        Assert.Equal([0, 1], machine.Cores.Select(core => core.Number));
        Assert.All(machine.Cores, core =>
        {
            Assert.Equal([core.Number], core.Siblings);
            Assert.Equal((0, 0, false), (core.Package, core.Node, core.IsIsolated));
            Assert.Equal([0, 1], core.Neighbours);
            Assert.Equal([32, 64, 512, 8192], core.Caches.Select(cache => cache.Bytes / 1024));
            Assert.Equal(["Data", "Instruction", "Unified", "Unified"], core.Caches.Select(cache => cache.Kind));
        });
    }

    [Fact]
    public void Eight_threads_of_four_cores_are_siblings_by_twos()
    {
        MachineShape.EightWithSmt.WriteTo(_root);
        CpuTopology machine = CpuTopology.Read(_root);
        Assert.Equal([0, 1, 2, 3, 0, 1, 2, 3], machine.Cores.Select(core => core.PhysicalCore));
        Assert.Equal([3, 7], machine.Cores[7].Siblings);
        Assert.All(machine.Cores, core => Assert.Equal(8, core.Neighbours.Count));
    }

    [Fact]
    public void Two_sockets_have_nodes_and_caches_of_a_few_cores()
    {
        MachineShape.TwoSocketsOf64.WriteTo(_root);
        CpuTopology machine = CpuTopology.Read(_root);
        Assert.Equal(256, machine.Cores.Count);
        Assert.Equal(128, machine.Cores.Select(core => core.PhysicalCore).Distinct().Count());
        CpuCore last = machine.Cores[255];
        Assert.Equal((1, 1, 127), (last.Package, last.Node, last.PhysicalCore));
        Assert.Equal([124, 125, 126, 127, 252, 253, 254, 255], last.Neighbours);
        Assert.Equal(128, machine.Cores.Count(core => core.Node == 0));
        Assert.Equal(256, machine.AllowedCores.Count());
    }

    [Fact]
    public void Isolated_cores_and_those_that_are_not_allowed_are_told()
    {
        MachineShape.EightWithSmt.WriteTo(_root);
        Write("sys/devices/system/cpu/isolated", "6-7\n");
        Write("proc/self/status", "Cpus_allowed_list:\t1,5-7\n");
        CpuTopology machine = CpuTopology.Read(_root);
        Assert.Equal([6, 7], machine.Cores.Where(core => core.IsIsolated).Select(core => core.Number));
        Assert.Equal([1, 5, 6, 7], machine.AllowedCores.Select(core => core.Number));
    }

    [Fact]
    public void A_machine_that_says_nothing_has_single_cores()
    {
        Write("proc/self/status", "Cpus_allowed_list:\t0,2\n");
        CpuTopology machine = CpuTopology.Read(_root);
        Assert.Equal([0, 2], machine.Cores.Select(core => core.Number));
        Assert.All(machine.Cores, core => Assert.Equal([core.Number], core.Siblings.Concat(core.Neighbours).Distinct()));
    }

    [Fact]
    public void The_cores_of_the_control_group_narrow_the_mask()
    {
        Write("proc/self/status", "Cpus_allowed_list:\t0-7\n");
        Write("proc/self/cgroup", "0::/machine/service\n");
        Write("proc/self/mountinfo", "31 30 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
        Write("sys/fs/cgroup/machine/cpuset.cpus.effective", "2-5\n");
        Assert.Equal([2, 3, 4, 5], CpuAllowance.Read(_root).Cpus);

        Write("sys/fs/cgroup/machine/service/cpuset.cpus.effective", "4\n");
        Assert.Equal([4], CpuAllowance.Read(_root).Cpus);
    }

    [Fact]
    public void A_group_of_version_one_narrows_it_too()
    {
        Write("proc/self/status", "Cpus_allowed_list:\t0-3\n");
        Write("proc/self/cgroup", "3:cpuset:/a\n");
        Write("proc/self/mountinfo", "34 31 0:31 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n");
        Write("sys/fs/cgroup/cpuset/a/cpuset.effective_cpus", "1-2\n");
        Assert.Equal([1, 2], CpuAllowance.Read(_root).Cpus);
    }

    [Theory]
    [InlineData("max 100000", 4)]
    [InlineData("250000 100000", 2)]
    [InlineData("50000 100000", 1)]
    [InlineData("900000 100000", 4)]
    public void A_quota_bounds_the_threads_that_can_run_all_the_time(string quota, int cores)
    {
        Write("proc/self/status", "Cpus_allowed_list:\t0-3\n");
        Write("proc/self/cgroup", "0::/\n");
        Write("proc/self/mountinfo", "31 30 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
        Write("sys/fs/cgroup/cpu.max", quota + "\n");
        Assert.Equal(cores, CpuAllowance.Read(_root).FullCores);
    }

    [Fact]
    public void A_change_is_seen_by_comparing()
    {
        Write("proc/self/status", "Cpus_allowed_list:\t0-3\n");
        CpuAllowance before = CpuAllowance.Read(_root);
        Assert.Equal(before, CpuAllowance.Read(_root));
        Write("proc/self/status", "Cpus_allowed_list:\t0-1\n");
        Assert.NotEqual(before, CpuAllowance.Read(_root));
    }

    [Fact]
    public void This_machine_is_read_as_the_scheduler_sees_it()
    {
        CpuTopology machine = CpuTopology.Read();
        Assert.Equal(ThreadAffinity.AllowedCpusOfProcess(), machine.Allowance.Cpus);
        Assert.All(machine.AllowedCores, core =>
        {
            Assert.Contains(core.Number, core.Siblings);
            Assert.Contains(core.Number, core.Neighbours);
        });
    }

    private void WriteDump(string name)
    {
        // As `grep -s . FILE...` prints it: the path, a colon, the line.
        foreach (string line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Machines", name)))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            Write(line[..colon], line[(colon + 1)..] + "\n");
        }
    }

    private void Write(string path, string text)
    {
        string file = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
