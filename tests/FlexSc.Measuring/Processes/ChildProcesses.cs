using System.Diagnostics;

namespace FlexSc.Measuring.Processes;

/// <summary>Every program this one started, so that none outlives it. Any thread may call.</summary>
internal static class ChildProcesses
{
    private static readonly Lock Guard = new();
    private static readonly List<Process> Running = [];
    private static bool _ending;

    public static void Add(Process process)
    {
        lock (Guard)
        {
            Running.Add(process);
            if (_ending)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    public static void Remove(Process process)
    {
        lock (Guard)
        {
            Running.Remove(process);
        }
    }

    /// <summary>Kills those that still run, and each that is started from now on. A process stopped by a signal dies as well.</summary>
    public static void KillAll()
    {
        lock (Guard)
        {
            _ending = true;
            foreach (Process process in Running)
            {
                // One that was disposed has left the list, one that has ended and is not yet reaped cannot be mistaken for another.
                if (!process.HasExited)
                {
                    process.Kill(entireProcessTree: true);
                }
            }
        }
    }
}
