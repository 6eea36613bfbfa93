namespace FlexSc.Interop.Linux;

/// <summary>What a core did that executes the calls of loops.</summary>
/// <param name="Cpu">The core; -1 where the kernel does not tell.</param>
/// <param name="ThreadId">Kernel's number of the thread that executes them; loops that share it name the same one.</param>
/// <param name="WorkTime">
/// Time that it worked on calls, since it began, without the time that it looked for some in vain. Before Linux 6.9, and
/// with kernel-module, that is included.
/// </param>
public readonly record struct SyscallCoreUse(int Cpu, int ThreadId, TimeSpan WorkTime);
