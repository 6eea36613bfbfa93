using System.Runtime.InteropServices;
using FlexSc.Interop.Backends.IoUring;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Tests.Page;
using Xunit;

namespace FlexSc.Interop.Tests.Backends;

public sealed class IoUringUapiTests
{
    [SkippableTheory]
    [InlineData(HeadersOf.X64)]
    [InlineData(HeadersOf.Arm64)]
    public void Mirror_has_the_sizes_offsets_and_constants_of_the_system_header(HeadersOf architecture)
    {
        Dictionary<string, long> mirror = new()
        {
            ["IORING_SETUP_SQPOLL"] = IoUringUapi.SetupSqPoll,
            ["IORING_SETUP_SQ_AFF"] = IoUringUapi.SetupSqAff,
            ["IORING_SETUP_CQSIZE"] = IoUringUapi.SetupCqSize,
            ["IORING_SETUP_ATTACH_WQ"] = IoUringUapi.SetupAttachWq,
            ["IORING_SETUP_SUBMIT_ALL"] = IoUringUapi.SetupSubmitAll,
            ["IORING_SETUP_TASKRUN_FLAG"] = IoUringUapi.SetupTaskRunFlag,
            ["IORING_SETUP_SINGLE_ISSUER"] = IoUringUapi.SetupSingleIssuer,
            ["IORING_SETUP_DEFER_TASKRUN"] = IoUringUapi.SetupDeferTaskRun,
            ["IORING_FEAT_SINGLE_MMAP"] = IoUringUapi.FeatureSingleMmap,
            ["IORING_FEAT_NODROP"] = IoUringUapi.FeatureNoDrop,
            ["IORING_FEAT_EXT_ARG"] = IoUringUapi.FeatureExtArg,
            ["IORING_OFF_SQ_RING"] = IoUringUapi.OffsetSqRing,
            ["IORING_OFF_SQES"] = IoUringUapi.OffsetSqes,
            ["IORING_ENTER_GETEVENTS"] = IoUringUapi.EnterGetEvents,
            ["IORING_ENTER_SQ_WAKEUP"] = IoUringUapi.EnterSqWakeup,
            ["IORING_ENTER_SQ_WAIT"] = IoUringUapi.EnterSqWait,
            ["IORING_ENTER_EXT_ARG"] = IoUringUapi.EnterExtArg,
            ["IORING_SQ_NEED_WAKEUP"] = IoUringUapi.SqNeedWakeup,
            ["IORING_SQ_CQ_OVERFLOW"] = IoUringUapi.SqCqOverflow,
            ["IORING_SQ_TASKRUN"] = IoUringUapi.SqTaskRun,
            ["IORING_OP_NOP"] = IoUringOpcode.Nop,
            ["IORING_OP_FSYNC"] = IoUringOpcode.Fsync,
            ["IORING_OP_SENDMSG"] = IoUringOpcode.SendMsg,
            ["IORING_OP_RECVMSG"] = IoUringOpcode.RecvMsg,
            ["IORING_OP_OPENAT2"] = IoUringOpcode.OpenAt2,
            ["IORING_OP_RENAMEAT"] = IoUringOpcode.RenameAt,
            ["IORING_OP_UNLINKAT"] = IoUringOpcode.UnlinkAt,
            ["IORING_OP_MKDIRAT"] = IoUringOpcode.MkDirAt,
            ["IORING_FSYNC_DATASYNC"] = IoUringUapi.FsyncDataSync,
            ["IORING_ASYNC_CANCEL_ALL"] = IoUringUapi.AsyncCancelAll,
            ["IORING_ASYNC_CANCEL_ANY"] = IoUringUapi.AsyncCancelAny,
            ["IORING_OP_POLL_ADD"] = IoUringOpcode.PollAdd,
            ["IORING_OP_ACCEPT"] = IoUringOpcode.Accept,
            ["IORING_OP_ASYNC_CANCEL"] = IoUringOpcode.AsyncCancel,
            ["IORING_OP_CONNECT"] = IoUringOpcode.Connect,
            ["IORING_OP_FALLOCATE"] = IoUringOpcode.Fallocate,
            ["IORING_OP_OPENAT"] = IoUringOpcode.OpenAt,
            ["IORING_OP_CLOSE"] = IoUringOpcode.Close,
            ["IORING_OP_STATX"] = IoUringOpcode.Statx,
            ["IORING_OP_READ"] = IoUringOpcode.Read,
            ["IORING_OP_WRITE"] = IoUringOpcode.Write,
            ["IORING_OP_SEND"] = IoUringOpcode.Send,
            ["IORING_OP_RECV"] = IoUringOpcode.Recv,
            ["IOSQE_BUFFER_SELECT"] = IoUringUapi.SqeBufferSelect,
            ["IORING_ACCEPT_MULTISHOT"] = IoUringUapi.AcceptMultishot,
            ["IORING_RECV_MULTISHOT"] = IoUringUapi.RecvMultishot,
            ["IORING_CQE_F_BUFFER"] = IoUringUapi.CqeBuffer,
            ["IORING_CQE_F_MORE"] = IoUringUapi.CqeMore,
            ["IORING_CQE_BUFFER_SHIFT"] = IoUringUapi.CqeBufferShift,
            ["IORING_REGISTER_EVENTFD"] = IoUringUapi.RegisterEventDescriptor,
            ["IORING_REGISTER_IOWQ_AFF"] = IoUringUapi.RegisterWorkerAffinity,
            ["IORING_REGISTER_IOWQ_MAX_WORKERS"] = IoUringUapi.RegisterMaxWorkers,
            ["IORING_REGISTER_PBUF_RING"] = IoUringUapi.RegisterProvidedBufferRing,
            ["IORING_UNREGISTER_PBUF_RING"] = IoUringUapi.UnregisterProvidedBufferRing,
            ["sizeof(struct io_uring_sqe)"] = Marshal.SizeOf<SubmissionQueueEntry>(),
            ["sizeof(struct io_uring_cqe)"] = Marshal.SizeOf<CompletionQueueEntry>(),
            ["sizeof(struct io_sqring_offsets)"] = Marshal.SizeOf<SubmissionRingOffsets>(),
            ["sizeof(struct io_cqring_offsets)"] = Marshal.SizeOf<CompletionRingOffsets>(),
            ["sizeof(struct io_uring_params)"] = Marshal.SizeOf<IoUringParameters>(),
            ["sizeof(struct io_uring_buf)"] = Marshal.SizeOf<BufferRingSlot>(),
            ["sizeof(struct io_uring_buf_reg)"] = Marshal.SizeOf<BufferRingRegistration>(),
            ["sizeof(struct __kernel_timespec)"] = Marshal.SizeOf<KernelTimespec>(),
            ["sizeof(struct io_uring_getevents_arg)"] = Marshal.SizeOf<GetEventsArgument>(),
        };
        CompilerProbe.AddOffsets<SubmissionQueueEntry>(mirror, "io_uring_sqe", ("opcode", "Opcode"), ("flags", "Flags"), ("ioprio", "IoPriority"),
            ("fd", "FileDescriptor"), ("off", "Offset"), ("addr", "Address"), ("len", "Length"), ("msg_flags", "OperationFlags"),
            ("user_data", "UserData"), ("buf_group", "BufferGroup"));
        CompilerProbe.AddOffsets<CompletionQueueEntry>(mirror, "io_uring_cqe", ("user_data", "UserData"), ("res", "Result"), ("flags", "Flags"));
        CompilerProbe.AddOffsets<SubmissionRingOffsets>(mirror, "io_sqring_offsets", ("head", "Head"), ("tail", "Tail"), ("ring_mask", "RingMask"),
            ("ring_entries", "RingEntries"), ("flags", "Flags"), ("dropped", "Dropped"), ("array", "Array"));
        CompilerProbe.AddOffsets<CompletionRingOffsets>(mirror, "io_cqring_offsets", ("head", "Head"), ("tail", "Tail"), ("ring_mask", "RingMask"),
            ("ring_entries", "RingEntries"), ("overflow", "Overflow"), ("cqes", "Cqes"));
        CompilerProbe.AddOffsets<IoUringParameters>(mirror, "io_uring_params", ("sq_entries", "SqEntries"), ("cq_entries", "CqEntries"),
            ("flags", "Flags"), ("sq_thread_cpu", "SqThreadCpu"), ("sq_thread_idle", "SqThreadIdleMs"), ("features", "Features"), ("wq_fd", "WorkQueueDescriptor"),
            ("sq_off", "SqOffsets"), ("cq_off", "CqOffsets"));
        CompilerProbe.AddOffsets<BufferRingSlot>(mirror, "io_uring_buf", ("addr", "Address"), ("len", "Length"), ("bid", "BufferId"), ("resv", "Tail"));
        CompilerProbe.AddOffsets<BufferRingRegistration>(mirror, "io_uring_buf_reg", ("ring_addr", "RingAddress"), ("ring_entries", "RingEntries"), ("bgid", "BufferGroup"));
        CompilerProbe.AddOffsets<GetEventsArgument>(mirror, "io_uring_getevents_arg", ("sigmask", "SignalMask"), ("sigmask_sz", "SignalMaskBytes"), ("pad", "MinWaitMicroseconds"), ("ts", "Timespec"));

        CompilerProbe.Compare(architecture, mirror, "<linux/io_uring.h>");
    }
}
