using FlexSc.Interop.Page;

namespace FlexSc.Interop.Tests.Conformance;

/// <summary>io_uring with a kernel thread that polls the submission ring.</summary>
public sealed class IoUringPolledConformanceTests() : ConformanceTests(new LoopVariant(SyscallBackendKind.IoUring, Polled: true));

/// <summary>Calls made by the loop itself.</summary>
public sealed class SyscallThreads0ConformanceTests() : QueuedConformanceTests(new LoopVariant(SyscallBackendKind.SyscallThreads));

/// <summary>Calls made by two syscall threads.</summary>
public sealed class SyscallThreads2ConformanceTests() : QueuedConformanceTests(new LoopVariant(SyscallBackendKind.SyscallThreads, SyscallThreads: 2));
