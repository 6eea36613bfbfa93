using FlexSc.Interop.Capabilities;

namespace FlexSc.Interop.Tests.Conformance;

/// <summary>io_uring with a kernel thread that polls the submission ring.</summary>
public sealed class IoUringPolledConformanceTests() : ConformanceTests(new LoopVariant(SyscallBackendKind.IoUring, Polled: true));

/// <summary>Calls made by the loop itself.</summary>
public sealed class SyscallThreads0ConformanceTests() : SyscallThreadsConformanceTests(syscallThreads: 0);

/// <summary>Calls made by two syscall threads.</summary>
public sealed class SyscallThreads2ConformanceTests() : SyscallThreadsConformanceTests(syscallThreads: 2);
