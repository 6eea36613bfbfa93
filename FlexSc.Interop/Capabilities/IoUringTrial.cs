using System.Diagnostics;
using System.Runtime.InteropServices;
using FlexSc.Interop.Backends.IoUring;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;
using Tmds.Linux;

namespace FlexSc.Interop.Capabilities;

/// <summary>Finds what io_uring can do by trying it: a version tells nothing about seccomp, sysctl and limits.</summary>
internal static unsafe class IoUringTrial
{
    internal const uint RegisterProbe = 8; // 5.6
    internal const uint UnregisterProvidedBufferRing = 23; // 5.19
    internal const ushort OpcodeSupported = 1;

    private const int MaxOpcodes = 256;
    private const uint SqPollIdleMs = 1;

    /// <summary>Bytes in front of the completion entries, at most.</summary>
    private const long RingHeaderBytes = 320;

    /// <summary>Sets rings up and closes them again, all on this thread: SINGLE_ISSUER ties a ring to the thread that made it.</summary>
    public static IoUringCapabilities Run(SyscallLoopOptions options)
    {
        IoUringParameters parameters = new()
        {
            Flags = IoUringUapi.SetupSingleIssuer | IoUringUapi.SetupDeferTaskRun | IoUringUapi.SetupTaskRunFlag
                | IoUringUapi.SetupSubmitAll | IoUringUapi.SetupCqSize,
            CqEntries = (uint)options.CompletionSlots,
        };
        int ring = IoUringCalls.Setup((uint)options.SubmissionSlots, ref parameters);
        if (ring < 0)
        {
            return new IoUringCapabilities
            {
                SetupError = -ring,
                PlainSetupError = TrySetup(flags: 0),
                RingBytes = EstimateRingBytes(options),
            };
        }

        IoUringCapabilities found;
        try
        {
            int probeError = ErrorOf(ReadOpcodes(ring, out IReadOnlyList<byte> opcodes));
            found = new IoUringCapabilities
            {
                SetupError = 0,
                EnterError = ErrorOf(IoUringCalls.Enter(ring, 0, 0, IoUringUapi.EnterGetEvents, null, 0)),
                ProbeError = probeError,
                Opcodes = opcodes,
                ProvidedBufferRingError = TryBufferRing(ring, options.BufferCount),
                Features = parameters.Features,
                RingBytes = RingBytesOf(parameters) + BufferRingBytes(options.BufferCount),
            };
        }
        finally
        {
            Close(ring);
        }

        return found with { SqPollError = TrySetup(IoUringUapi.SetupSqPoll) };
    }

    internal static long EstimateRingBytes(SyscallLoopOptions options) =>
        WholePages(RingHeaderBytes + (options.CompletionSlots * (long)sizeof(CompletionQueueEntry)) + (options.SubmissionSlots * (long)sizeof(uint)))
        + WholePages(options.SubmissionSlots * (long)sizeof(SubmissionQueueEntry))
        + BufferRingBytes(options.BufferCount);

    private static long RingBytesOf(in IoUringParameters parameters)
    {
        long submissionEnd = parameters.SqOffsets.Array + (parameters.SqEntries * (long)sizeof(uint));
        long completionEnd = parameters.CqOffsets.Cqes + (parameters.CqEntries * (long)sizeof(CompletionQueueEntry));
        return WholePages(Math.Max(submissionEnd, completionEnd)) + WholePages(parameters.SqEntries * (long)sizeof(SubmissionQueueEntry));
    }

    /// <summary>The ring of provided buffers counts, too (seen with 6.18); the buffers do not.</summary>
    private static long BufferRingBytes(int bufferCount) => WholePages(bufferCount * (long)sizeof(BufferRingSlot));

    /// <summary>Of the machine's pages: 64 KiB on some arm64 kernels.</summary>
    private static long WholePages(long bytes) => (bytes + Environment.SystemPageSize - 1) / Environment.SystemPageSize * Environment.SystemPageSize;

    private static int TrySetup(uint flags)
    {
        IoUringParameters parameters = new() { Flags = flags, SqThreadIdleMs = (flags & IoUringUapi.SetupSqPoll) != 0 ? SqPollIdleMs : 0 };
        int ring = IoUringCalls.Setup(1, ref parameters);
        if (ring < 0)
        {
            return -ring;
        }

        Close(ring);
        return 0;
    }

    private static int ReadOpcodes(int ring, out IReadOnlyList<byte> opcodes)
    {
        int bytes = sizeof(ProbeHeader) + (MaxOpcodes * sizeof(ProbeOpcode));
        ProbeHeader* header = (ProbeHeader*)NativeMemory.AllocZeroed((nuint)bytes);
        try
        {
            int answer = IoUringCalls.Register(ring, RegisterProbe, header, MaxOpcodes);
            List<byte> found = [];
            if (answer >= 0)
            {
                ProbeOpcode* operations = (ProbeOpcode*)(header + 1);
                for (int i = 0; i < header->OperationCount; i++)
                {
                    if ((operations[i].Flags & OpcodeSupported) != 0)
                    {
                        found.Add(operations[i].Opcode);
                    }
                }
            }

            opcodes = found;
            return answer;
        }
        finally
        {
            NativeMemory.Free(header);
        }
    }

    private static int TryBufferRing(int ring, int bufferCount)
    {
        nuint bytes = (nuint)BufferRingBytes(bufferCount);
        void* slots = NativeMemoryMap.MapPrivateAnonymous(bytes);
        try
        {
            BufferRingRegistration registration = new() { RingAddress = (ulong)slots, RingEntries = (uint)bufferCount, BufferGroup = ProvidedBufferRing.Group };
            int answer = IoUringCalls.Register(ring, IoUringUapi.RegisterProvidedBufferRing, &registration, 1);
            if (answer >= 0)
            {
                answer = IoUringCalls.Register(ring, UnregisterProvidedBufferRing, &registration, 1);
            }

            return ErrorOf(answer);
        }
        finally
        {
            NativeMemoryMap.Unmap(slots, bytes);
        }
    }

    private static int ErrorOf(int answer) => Math.Max(0, -answer);

    private static void Close(int ring)
    {
        int closed = LibC.close(ring);
        Debug.Assert(closed == 0, "close of a ring failed");
    }

    /// <summary><c>struct io_uring_probe</c> without its array.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 16)]
    internal struct ProbeHeader
    {
        [FieldOffset(1)]
        public byte OperationCount;
    }

    /// <summary><c>struct io_uring_probe_op</c>.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 8)]
    internal struct ProbeOpcode
    {
        [FieldOffset(0)]
        public byte Opcode;

        [FieldOffset(2)]
        public ushort Flags;
    }
}
