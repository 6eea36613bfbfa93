using System.Diagnostics;
using FlexSc.Measuring.Processes;
using FlexSc.Measuring.Servers;

namespace FlexSc.Measuring.Machine;

/// <summary>
/// A process on each core that does nothing, whenever nobody else wants it (SCHED_IDLE, sched(7)), until this is disposed. A virtual core
/// that halts has to be woken by its host, which takes up to milliseconds on a busy one: p99 of a load that leaves cores idle is the host's.
/// </summary>
internal sealed class AwakeCores : IDisposable
{
    private const string Nothing = "while :; do :; done";

    private readonly List<Process> _processes = [];

    /// <summary>Begins to; from the main thread, as all processes are started.</summary>
    /// <param name="cores">Which cores.</param>
    /// <exception cref="MeasurementException">A program that it needs is not installed.</exception>
    public AwakeCores(IEnumerable<int> cores)
    {
        string idle = Programs.Require("chrt");
        string shell = Programs.Require("sh");
        try
        {
            foreach (int core in cores)
            {
                _processes.Add(ChildProcesses.Start(ServerLaunch.Create([idle, "--idle", "0", shell, "-c", Nothing], [core])));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public IReadOnlyList<int> ProcessIds => [.. _processes.Select(static process => process.Id)];

    /// <summary>For <paramref name="isAwake"/> the cores that this process may use, or might before it pinned itself; else none.</summary>
    public static AwakeCores? If(bool isAwake) => isAwake ? new AwakeCores(ProcessorCores.BeforePinning ?? ProcessorCores.Usable()) : null;

    public void Dispose() => _processes.ForEach(ChildProcesses.End);
}
