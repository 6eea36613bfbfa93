using FlexSc.Interop.Page;

namespace FlexSc.Interop.Tests.Conformance;

/// <summary>The kernel module, loop and syscall threads wherever the scheduler puts them.</summary>
public sealed class KernelModuleFreeConformanceTests()
    : KernelModuleConformanceTests(new LoopVariant(SyscallBackendKind.KernelModule));

/// <summary>The kernel module on one core: syscall threads work while the loop sleeps.</summary>
public sealed class KernelModuleOneCoreConformanceTests()
    : KernelModuleConformanceTests(new LoopVariant(SyscallBackendKind.KernelModule, OnOneCore: true));

/// <summary>The kernel module with two syscall threads that look for work a while before they sleep.</summary>
public sealed class KernelModuleSpinningConformanceTests()
    : KernelModuleConformanceTests(new LoopVariant(SyscallBackendKind.KernelModule, SyscallThreads: 2, SpinMicroseconds: 50));

/// <summary>The kernel module whose syscall threads are given a core and lose it again, all the time.</summary>
public sealed class KernelModuleMovingConformanceTests()
    : KernelModuleConformanceTests(new LoopVariant(SyscallBackendKind.KernelModule, SyscallThreads: 2, Changes: true));
