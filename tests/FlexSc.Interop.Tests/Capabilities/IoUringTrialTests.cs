using System.Runtime.InteropServices;
using FlexSc.Interop.Backends.IoUring;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Capabilities;
using FlexSc.Interop.Page;
using FlexSc.Interop.Tests.Page;
using Xunit;

namespace FlexSc.Interop.Tests.Capabilities;

public sealed class IoUringTrialTests
{
    private const int PageBytes = 4096;
    private static readonly SyscallLoopOptions Options = new() { SubmissionSlots = 128, CompletionSlots = 1024, BufferCount = 512 };

    [SkippableFact]
    public void Mirror_has_the_sizes_offsets_and_constants_of_the_system_header()
    {
        Dictionary<string, long> mirror = new()
        {
            ["IORING_REGISTER_PROBE"] = IoUringTrial.RegisterProbe,
            ["IORING_UNREGISTER_PBUF_RING"] = IoUringTrial.UnregisterProvidedBufferRing,
            ["IO_URING_OP_SUPPORTED"] = IoUringTrial.OpcodeSupported,
            ["sizeof(struct io_uring_probe)"] = Marshal.SizeOf<IoUringTrial.ProbeHeader>(),
            ["sizeof(struct io_uring_probe_op)"] = Marshal.SizeOf<IoUringTrial.ProbeOpcode>(),
        };
        CompilerProbe.AddOffsets<IoUringTrial.ProbeHeader>(mirror, "io_uring_probe", ("ops_len", "OperationCount"));
        CompilerProbe.AddOffsets<IoUringTrial.ProbeOpcode>(mirror, "io_uring_probe_op", ("op", "Opcode"), ("flags", "Flags"));
        IReadOnlyDictionary<string, long> header = CompilerProbe.Evaluate(["<linux/io_uring.h>"], mirror.Keys);
        Assert.Equal(mirror.OrderBy(pair => pair.Key), header.OrderBy(pair => pair.Key));
    }

    [SkippableFact]
    public void The_estimate_of_the_rings_is_within_a_page_of_their_size()
    {
        IoUringCapabilities found = Run();
        long estimate = IoUringTrial.EstimateRingBytes(Options);
        Assert.InRange(estimate, found.RingBytes, found.RingBytes + PageBytes);
    }

    [SkippableFact]
    public void Opcodes_that_the_kernel_lists_are_its_own()
    {
        IoUringCapabilities found = Run();
        Assert.Equal(0, found.ProbeError);
        Assert.Contains(IoUringOpcode.Nop, found.Opcodes);
        Assert.DoesNotContain(byte.MaxValue, found.Opcodes);
        Assert.Equal(found.Opcodes.Distinct(), found.Opcodes);
    }

    private static IoUringCapabilities Run()
    {
        IoUringCapabilities found = IoUringTrial.Run(Options);
        Skip.If(found.SetupError != 0, $"io_uring cannot be set up here: errno {found.SetupError}");
        return found;
    }
}
