using System.ComponentModel;
using System.Diagnostics;

namespace FlexSc.Measuring.Processes;

/// <summary>Every program this one started, so that none outlives it. Any thread may call.</summary>
internal static class ChildProcesses
{
    private static readonly Lock Guard = new();
    private static readonly List<Process> Running = [];
    private static bool _ending;

    /// <summary>Starts a program; <see cref="End"/> has to follow.</summary>
    /// <exception cref="MeasurementException">There is no such program.</exception>
    public static Process Start(ProcessStartInfo start)
    {
        Process process;
        try
        {
            process = Process.Start(start) ?? throw new MeasurementException($"{start.FileName} did not start");
        }
        catch (Win32Exception failure)
        {
            throw new MeasurementException($"{start.FileName} did not start: {failure.Message}");
        }

        lock (Guard)
        {
            Running.Add(process);
            if (_ending)
            {
                process.Kill(entireProcessTree: true);
            }
        }

        return process;
    }

    /// <summary>Kills a program that still runs, and gives it up.</summary>
    public static void End(Process process)
    {
        lock (Guard)
        {
            Running.Remove(process);
        }

        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }

        process.Dispose();
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
