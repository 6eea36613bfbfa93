using FlexSc.Interop.Capabilities;

namespace FlexSc.Akka.Placement.Policies;

/// <summary>
/// CPU time that the process may use for loops and syscall cores. A syscall core looks for calls all the time, so it takes a whole core of a
/// quota; loops that hand their calls over are idle for much of it. Under a quota such loops may therefore be more than it has cores left,
/// as long as what they use together is less.
/// </summary>
/// <param name="allowance">The process' mask and quota.</param>
/// <param name="sharedPercent">Percent of what a quota leaves them that loops which share it may use together.</param>
internal sealed class CpuTime(CpuAllowance allowance, int sharedPercent)
{
    private int Cpus => Math.Max(1, allowance.Cpus.Count);

    /// <summary>Cores' worth, a part of one included.</summary>
    public double Total => Math.Min(allowance.Quota?.Cores ?? Cpus, Cpus);

    /// <summary>Threads that can run all the time.</summary>
    public int FullCores => allowance.FullCores;

    /// <summary>
    /// Most syscall cores: a loop is served by one, so there are no more of these than of loops; and some of a quota is left for loops.
    /// </summary>
    public int MostSyscallCores => Math.Max(0, Math.Min(Cpus / 2, (int)Math.Ceiling(Total) - 1));

    /// <summary>Most loops beside so many syscall cores.</summary>
    public int MostLoops(int syscallCores) => Math.Max(1, syscallCores == 0 ? FullCores : Cpus - syscallCores);

    /// <summary>Whether these are more threads than can run all the time, so that loops share what the syscall cores leave.</summary>
    public bool IsShared(int loops, int syscallCores) => loops + syscallCores > FullCores;

    /// <summary>
    /// Cores' worth that loops beside so many syscall cores can use. What they share they may not use up: a quota that is used up stops all threads
    /// for the rest of its period, syscall cores too.
    /// </summary>
    public double ForLoops(int syscallCores) => Cpus <= Total
        ? Cpus - syscallCores
        : Math.Max(0, Math.Min(Cpus - syscallCores, (Total - syscallCores) * sharedPercent / 100.0));
}
