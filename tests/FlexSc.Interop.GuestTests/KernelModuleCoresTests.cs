using System.Net;
using System.Net.Sockets;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;
using FlexSc.Interop.Tests.Loop;
using Xunit;

namespace FlexSc.Interop.Tests.Conformance;

/// <summary>The threads inside the module are given a core, and lose it again, while they are in calls.</summary>
public sealed class KernelModuleCoresTests
{
    private const int NumberFlock = 73;
    private const int LockExclusive = 2;
    private const int Unlock = 8;

    /// <summary>As they are named; the kernel shows 15 characters of a name.</summary>
    private const string ThreadName = "flexsc-kernel-";

    private static readonly LoopVariant Variant = new(SyscallBackendKind.KernelModule);

    [SkippableFact]
    public async Task Threads_go_to_the_core_that_serves_and_back_to_where_their_loop_is()
    {
        IReadOnlyList<int> cpus = ThreadAffinity.AllowedCpus();
        Skip.If(cpus.Count < 2, "another core than the loop's is needed, and there is one");
        int last = cpus[^1];
        using SyscallLoop loop = Variant.Start(new SyscallLoopOptions { WaitingThreads = 3 });
        LoopUnderTest calls = new(loop);
        Assert.True(loop.MayBeServed);
        Assert.True(loop.ReadTimeBeside() > TimeSpan.Zero, "its threads have not run");
        AssertAllRunOn(cpus);
        (Socket client, Socket server) = Connect();
        PinnedBytes memory = new(4);
        RecordingOperation receive = await calls.SubmitAsync(
            SyscallNumber.RecvFrom, argument0: (long)server.Handle, argument1: memory.Address, argument2: memory.Length);

        // This call has a thread of its own until the lock is free, so the module asks for another one.
        using FileStream holder = new(Path.GetTempFileName(), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, 1, FileOptions.DeleteOnClose);
        using FileStream waiter = new(holder.Name, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        long held = holder.SafeFileHandle.DangerousGetHandle();
        long waiting = waiter.SafeFileHandle.DangerousGetHandle();
        _ = RawSystemCall.Invoke(NumberFlock, waiting, Unlock);
        Assert.Equal(0, RawSystemCall.Invoke(NumberFlock, held, LockExclusive));
        Assert.True(await loop.RunAsync(owner => { owner.ServeBy(last); return true; }));
        RecordingOperation locking = await calls.SubmitAsync(NumberFlock, argument0: waiting, argument1: LockExclusive);
        Assert.Equal(Environment.ProcessId, await calls.CallAsync(SyscallNumber.GetPid));
        Assert.Equal(last, loop.ServedBy);
        Assert.True(CoresOfThreads().Count >= 2, "no thread took over from the one that waits");
        AssertAllRunOn([last]);
        SyscallCoreUse use = loop.ReadCoreUse()!.Value;
        Assert.Equal(last, use.Cpu);
        Assert.True(use.WorkTime > TimeSpan.Zero, "its threads have not run");
        Assert.Equal(TimeSpan.Zero, loop.ReadTimeBeside());

        // With no core of their own they are where the loop is.
        await loop.RunAsync(owner =>
        {
            ThreadAffinity.PinCurrentThread(cpus[0]);
            owner.ServeBy(null);
            return true;
        });
        Assert.Null(loop.ServedBy);
        Assert.Null(loop.ReadCoreUse());
        AssertAllRunOn([cpus[0]]);
        Assert.False(locking.HasEnded || receive.HasEnded, "a move ended a call");
        Assert.Equal(0, RawSystemCall.Invoke(NumberFlock, held, Unlock));
        Assert.Equal(0, await locking.Result.WaitAsync(LoopFixture.Deadline));
        client.Send("done"u8);
        Assert.Equal(4, await receive.Result.WaitAsync(LoopFixture.Deadline));
        await calls.EndAsync();
        client.Dispose();
        server.Dispose();
    }

    [SkippableFact]
    public async Task A_core_that_the_process_may_not_use_is_refused_and_the_threads_stay()
    {
        IReadOnlyList<int> cpus = ThreadAffinity.AllowedCpus();
        using SyscallLoop loop = Variant.Start(new SyscallLoopOptions());
        LinuxException refused = await Assert.ThrowsAsync<LinuxException>(
            () => loop.RunAsync(owner => { owner.ServeBy(ThreadAffinity.MaxCpus - 1); return true; }));
        Assert.Contains("may run on", refused.Message, StringComparison.Ordinal);
        Assert.Null(loop.ServedBy);
        AssertAllRunOn(cpus);
        Assert.Equal(Environment.ProcessId, await new LoopUnderTest(loop).CallAsync(SyscallNumber.GetPid));
    }

    [SkippableFact]
    public async Task Cores_that_are_named_stay_those_of_the_threads()
    {
        int last = ThreadAffinity.AllowedCpus()[^1];
        using SyscallLoop loop = Variant.Start(new SyscallLoopOptions { SyscallThreadCpus = [last] });
        Assert.False(loop.MayBeServed);
        await Assert.ThrowsAsync<NotSupportedException>(() => loop.RunAsync(owner => { owner.ServeBy(null); return true; }));
        AssertAllRunOn([last]);
        Assert.Equal(Environment.ProcessId, await new LoopUnderTest(loop).CallAsync(SyscallNumber.GetPid));
    }

    private static (Socket Client, Socket Server) Connect()
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.LocalEndPoint!);
        return (client, listener.Accept());
    }

    /// <remarks>Texts are compared, one by one: xunit looks for interfaces of lists, which a native program has not kept.</remarks>
    private static void AssertAllRunOn(IReadOnlyList<int> cpus)
    {
        List<string> threads = CoresOfThreads();
        Assert.NotEqual(0, threads.Count);
        foreach (string cores in threads)
        {
            Assert.Equal(CpuList.Format(cpus), cores);
        }
    }

    /// <summary>Where each thread inside the module may run.</summary>
    private static List<string> CoresOfThreads()
    {
        List<string> cores = [];
        foreach (string task in Directory.GetDirectories("/proc/self/task"))
        {
            string[] lines = File.ReadAllLines(Path.Combine(task, "status"));
            if (lines[0].Contains(ThreadName, StringComparison.Ordinal))
            {
                cores.Add(lines.Single(static line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal)).Split(':')[1].Trim());
            }
        }

        return cores;
    }
}
