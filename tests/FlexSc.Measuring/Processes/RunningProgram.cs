using System.Diagnostics;
using FlexSc.Measuring.Machine;

namespace FlexSc.Measuring.Processes;

/// <summary>A program whose output is collected while it runs. It is known to <see cref="ChildProcesses"/> until it is disposed.</summary>
internal sealed class RunningProgram : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _error;

    public RunningProgram(IReadOnlyList<string> command)
        : this(new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true })
    {
    }

    public RunningProgram(ProcessStartInfo start)
    {
        _process = ChildProcesses.Start(start);
        _output = _process.StandardOutput.ReadToEndAsync();
        _error = _process.StandardError.ReadToEndAsync();
    }

    public int ProcessId => _process.Id;

    public bool HasEnded => _process.HasExited;

    /// <summary>Asks it to end as Ctrl-C does.</summary>
    public void Interrupt() => _ = NativeCalls.Kill(_process.Id, NativeCalls.SignalInterrupt);

    /// <exception cref="MeasurementException">It did not end in time, and was killed.</exception>
    public ProgramResult WaitForEnd(TimeSpan limit)
    {
        if (!_process.WaitForExit(limit) || !Task.WaitAll([_output, _error], limit))
        {
            _process.Kill(entireProcessTree: true);
            throw new MeasurementException($"{_process.StartInfo.FileName} did not end within {limit.TotalSeconds:0} s");
        }

        return new ProgramResult(_process.ExitCode, _output.Result, _error.Result);
    }

    public void Dispose() => ChildProcesses.End(_process);
}
