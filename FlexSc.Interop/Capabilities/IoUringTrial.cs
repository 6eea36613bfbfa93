using System.Diagnostics;
using System.Runtime.InteropServices;
using FlexSc.Interop.Backends.IoUring;
using FlexSc.Interop.Linux;
using Tmds.Linux;

namespace FlexSc.Interop.Capabilities;

/// <summary>Finds what io_uring can do by trying it: a version tells nothing about seccomp, sysctl and limits.</summary>
internal static unsafe partial class IoUringTrial
{
    internal const uint RegisterProbe = 8; // 5.6
    internal const uint UnregisterProvidedBufferRing = 23; // 5.19
    internal const ushort OpcodeSupported = 1;

    private const long NumberRegister = 427;
    private const int MaxOpcodes = 256;
    private const int PageBytes = 4096;
    private const uint BufferRingEntries = 8;
    private const uint SqPollIdleMs = 1;

    /// <summary>Bytes in front of the completion entries, at most.</summary>
    private const long RingHeaderBytes = 320;

    /// <summary>Sets rings up and closes them again, all on this thread: SINGLE_ISSUER ties a ring to the thread that made it.</summary>
    public static IoUringCapabilities Run(uint submissionSlots, uint completionSlots)
    {
        IoUringParameters parameters = new()
        {
            Flags = IoUringUapi.SetupSingleIssuer | IoUringUapi.SetupDeferTaskRun | IoUringUapi.SetupTaskRunFlag
                | IoUringUapi.SetupSubmitAll | IoUringUapi.SetupCqSize,
            CqEntries = completionSlots,
        };
        int ring = IoUringCalls.Setup(submissionSlots, ref parameters);
        if (ring < 0)
        {
            return new IoUringCapabilities
            {
                SetupError = -ring,
                PlainSetupError = TrySetup(flags: 0),
                RingBytes = EstimateRingBytes(submissionSlots, completionSlots),
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
                ProvidedBufferRingError = TryBufferRing(ring),
                Features = parameters.Features,
                RingBytes = RingBytesOf(parameters),
            };
        }
        finally
        {
            Close(ring);
        }

        return found with { SqPollError = TrySetup(IoUringUapi.SetupSqPoll) };
    }

    /// <summary>The two rings, and one page for the smallest ring of provided buffers, which counts too (seen with 6.18).</summary>
    internal static long EstimateRingBytes(uint submissionSlots, uint completionSlots) =>
        WholePages(RingHeaderBytes + (completionSlots * (long)sizeof(CompletionQueueEntry)) + (submissionSlots * (long)sizeof(uint)))
        + WholePages(submissionSlots * (long)sizeof(SubmissionQueueEntry)) + PageBytes;

    private static long RingBytesOf(in IoUringParameters parameters)
    {
        long submissionEnd = parameters.SqOffsets.Array + (parameters.SqEntries * (long)sizeof(uint));
        long completionEnd = parameters.CqOffsets.Cqes + (parameters.CqEntries * (long)sizeof(CompletionQueueEntry));
        return WholePages(Math.Max(submissionEnd, completionEnd)) + WholePages(parameters.SqEntries * (long)sizeof(SubmissionQueueEntry)) + PageBytes;
    }

    private static long WholePages(long bytes) => (bytes + PageBytes - 1) / PageBytes * PageBytes;

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

    private static long ReadOpcodes(int ring, out IReadOnlyList<byte> opcodes)
    {
        int bytes = sizeof(ProbeHeader) + (MaxOpcodes * sizeof(ProbeOpcode));
        ProbeHeader* header = (ProbeHeader*)NativeMemory.AllocZeroed((nuint)bytes);
        try
        {
            long answer = Register(ring, RegisterProbe, header, MaxOpcodes);
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

    private static int TryBufferRing(int ring)
    {
        // The kernel takes whole, aligned pages only.
        void* memory = NativeMemory.AlignedAlloc(PageBytes, PageBytes);
        NativeMemory.Clear(memory, PageBytes);
        try
        {
            BufferRingArgument argument = new() { Address = (ulong)memory, Entries = BufferRingEntries };
            long answer = Register(ring, IoUringUapi.RegisterProvidedBufferRing, &argument, 1);
            if (answer >= 0)
            {
                answer = Register(ring, UnregisterProvidedBufferRing, &argument, 1);
            }

            return ErrorOf(answer);
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }

    private static int ErrorOf(long answer) => answer < 0 ? (int)-answer : 0;

    private static void Close(int ring)
    {
        int closed = LibC.close(ring);
        Debug.Assert(closed == 0, "close of a ring failed");
    }

    private static long Register(int ring, uint operation, void* argument, uint argumentCount)
    {
        long result = Syscall(NumberRegister, ring, operation, (long)argument, argumentCount);
        return result == -1 ? -Marshal.GetLastPInvokeError() : result;
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long Syscall(long number, long argument0, long argument1, long argument2, long argument3);

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

    /// <summary><c>struct io_uring_buf_reg</c>.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 40)]
    internal struct BufferRingArgument
    {
        [FieldOffset(0)]
        public ulong Address;

        [FieldOffset(8)]
        public uint Entries;
    }
}
