using System.Runtime.InteropServices;
using FlexSc.Interop.Backends.KernelModule;
using FlexSc.Interop.Tests.Page;
using Xunit;

namespace FlexSc.Interop.Tests.Backends;

public sealed class ModuleUapiTests
{
    [SkippableFact]
    public void Mirror_has_the_sizes_offsets_and_requests_of_the_header()
    {
        Dictionary<string, long> mirror = new()
        {
            ["FLEXSC_MAX_THREADS"] = ModuleUapi.MaxThreads,
            ["FLEXSC_MAX_BUFFERS"] = ModuleUapi.MaxBuffers,
            ["FLEXSC_IOC_SETUP"] = ModuleUapi.Setup,
            ["FLEXSC_IOC_RUN"] = ModuleUapi.Run,
            ["FLEXSC_IOC_KICK"] = ModuleUapi.Kick,
            ["FLEXSC_IOC_WAIT"] = ModuleUapi.Wait,
            ["FLEXSC_IOC_WAKE"] = ModuleUapi.Wake,
            ["FLEXSC_IOC_STOP"] = ModuleUapi.Stop,
            ["FLEXSC_IOC_STATS"] = ModuleUapi.Stats,
            ["SYS_ioctl"] = ModuleUapi.NumberIoctl,
            [$"sizeof(FLEXSC_DEVICE_PATH) == sizeof(\"{ModuleUapi.DevicePath}\") && !memcmp(FLEXSC_DEVICE_PATH, \"{ModuleUapi.DevicePath}\", sizeof(FLEXSC_DEVICE_PATH))"] = 1,
            ["sizeof(struct flexsc_setup)"] = Marshal.SizeOf<ModuleSetup>(),
            ["sizeof(struct flexsc_run)"] = Marshal.SizeOf<ModuleRun>(),
            ["sizeof(struct flexsc_wait)"] = Marshal.SizeOf<ModuleWait>(),
            ["sizeof(struct flexsc_stats)"] = Marshal.SizeOf<ModuleStatistics>(),
            ["sizeof(struct flexsc_buffer)"] = Marshal.SizeOf<ModuleBuffer>(),
        };
        CompilerProbe.AddOffsets<ModuleSetup>(mirror, "flexsc_setup", ("version", "Version"), ("page_count", "PageCount"),
            ("buffer_ring_capacity", "BufferRingCapacity"), ("flags", "Flags"), ("total_bytes", "TotalBytes"), ("reserved", "Reserved"));
        CompilerProbe.AddOffsets<ModuleRun>(mirror, "flexsc_run", ("cpu", "Cpu"), ("spin_us", "SpinMicroseconds"), ("flags", "Flags"), ("reserved", "Reserved"));
        CompilerProbe.AddOffsets<ModuleWait>(mirror, "flexsc_wait", ("min_completions", "MinCompletions"), ("min_wait_us", "MinWaitMicroseconds"),
            ("timeout_ns", "TimeoutNanoseconds"));
        CompilerProbe.AddOffsets<ModuleStatistics>(mirror, "flexsc_stats", ("executed", "Executed"), ("completed", "Completed"), ("refused", "Refused"),
            ("malformed", "Malformed"), ("polled", "Polled"), ("handoffs", "Handoffs"), ("passes", "Passes"), ("program_wakeups", "ProgramWakeups"),
            ("thread_wakeups", "ThreadWakeups"), ("kicks", "Kicks"), ("waits", "Waits"), ("wakes", "Wakes"));
        CompilerProbe.AddOffsets<ModuleBuffer>(mirror, "flexsc_buffer", ("address", "Address"), ("bytes", "Bytes"), ("id", "Id"));

        IReadOnlyDictionary<string, long> header = CompilerProbe.Evaluate(
            ["<string.h>", "<sys/syscall.h>", "<unistd.h>", "\"flexsc_device.h\""], mirror.Keys);

        Assert.Equal(mirror.OrderBy(pair => pair.Key), header.OrderBy(pair => pair.Key));
    }
}
