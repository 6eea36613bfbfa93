using FlexSc.Interop.Page;

namespace FlexSc.Interop.Tests.Conformance;

/// <summary>io_uring with a kernel thread that polls the submission ring.</summary>
public sealed class IoUringPolledConformanceTests() : ConformanceTests(new LoopVariant(SyscallBackendKind.IoUring, Polled: true));

/// <summary>io_uring with a core that executes the calls every other millisecond.</summary>
public sealed class IoUringChangingConformanceTests() : ConformanceTests(new LoopVariant(SyscallBackendKind.IoUring, Changes: true));

/// <summary>The same with syscall threads that come and go.</summary>
public sealed class SyscallThreadsChangingConformanceTests() : QueuedConformanceTests(new LoopVariant(SyscallBackendKind.SyscallThreads, Changes: true));

/// <summary>Calls made by the loop itself.</summary>
public sealed class SyscallThreads0ConformanceTests() : QueuedConformanceTests(new LoopVariant(SyscallBackendKind.SyscallThreads));

/// <summary>Calls made by two syscall threads.</summary>
public sealed class SyscallThreads2ConformanceTests() : QueuedConformanceTests(new LoopVariant(SyscallBackendKind.SyscallThreads, SyscallThreads: 2));
