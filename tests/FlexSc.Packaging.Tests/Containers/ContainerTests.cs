using FlexSc.Examples.Tests;
using FlexSc.Measuring.Servers;
using Xunit;

namespace FlexSc.Packaging.Tests.Containers;

/// <summary>
/// The example servers under what containers impose, without an engine: the same filters, limits and mounts, made by the tests. See
/// docs/containers.md.
/// </summary>
public sealed class ContainerTests
{
    public static TheoryData<string> Services => [.. ContainedService.Names];

    [SkippableTheory]
    [MemberData(nameof(Services))]
    public async Task Under_the_usual_profile_a_server_says_once_that_it_falls_back_and_serves(string name)
    {
        ContainedService service = ContainedService.Of(name);
        using ServerProcess server = service.Program.StartBy(Confinement.OfContainer(Confinement.WithoutIoUring()), [.. service.Needed, "--port", "0"]);

        Assert.Contains("backend syscall-threads", server.Description, StringComparison.Ordinal);
        await service.ServeAsync(server);

        // Before the end, at which the log may tell of what is closed.
        string[] lines = [.. server.Description.Split(" | "), .. server.Errors];
        string told = Assert.Single(lines, line => line.Contains("io_uring", StringComparison.Ordinal));
        Assert.Contains("io_uring_setup answered EPERM", told, StringComparison.Ordinal);
        Assert.Contains("a seccomp filter of the process bars io_uring_setup", told, StringComparison.Ordinal);
        Assert.DoesNotContain(server.Errors, line => line != told);
        await EndAsync(server);
    }

    [SkippableTheory]
    [MemberData(nameof(Services))]
    public async Task The_profile_of_the_docs_lets_a_server_run_on_io_uring(string name)
    {
        ContainedService service = ContainedService.Of(name);
        string without;
        using (ServerProcess free = service.Program.Start([.. service.Needed, "--port", "0"]))
        {
            without = free.Description;
        }

        Skip.IfNot(without.Contains("backend io-uring", StringComparison.Ordinal), $"this machine has no io_uring: {without}");
        using ScratchFile list = new();
        string[] launcher = Confinement.ByProfile(list.Path);
        using ServerProcess server = service.Program.StartBy(launcher, [.. service.Needed, "--port", "0", "--tls-dev"]);
        Assert.Contains("backend io-uring", server.Description, StringComparison.Ordinal);
        await EndAsync(server);

        using ServerProcess plain = service.Program.StartBy([.. launcher, .. Confinement.AsNobody()], [.. service.Needed, "--port", "0"]);
        Assert.Contains("backend io-uring", plain.Description, StringComparison.Ordinal);
        await service.ServeAsync(plain);
        Assert.Empty(plain.Errors);
        await EndAsync(plain);
    }

    [SkippableTheory]
    [MemberData(nameof(Services))]
    public async Task In_a_group_with_half_a_core_a_server_has_one_loop_and_serves(string name)
    {
        ContainedService service = ContainedService.Of(name);
        using CpuGroup group = CpuGroup.Create(cores: 0.5);
        using ServerProcess server = service.Program.StartBy(Confinement.InGroup(group), [.. service.Needed, "--port", "0", "--loops", "auto", "--stats-on-stdin"]);

        Assert.Equal(1, ExampleProgram.Stats(server).GetProperty("loops").GetArrayLength());
        await service.ServeAsync(server);
        await EndAsync(server);
    }

    private static Task EndAsync(ServerProcess server) => Task.Run(() => Assert.Equal(0, ExampleProgram.End(server, "TERM").ExitCode));

    private sealed class ScratchFile : IDisposable
    {
        public string Path { get; } = System.IO.Path.GetTempFileName();

        public void Dispose() => File.Delete(Path);
    }
}
