using System.CommandLine;
using FlexSc.Measuring.Processes;

namespace FlexSc.Measuring.Commands;

/// <summary>A program of commands: its exit codes, and the end of what it started.</summary>
internal static class CommandRun
{
    /// <summary>A measurement failed, or a figure is missing.</summary>
    public const int ExitFailed = 1;

    private const int ExitUsage = 2;

    /// <summary>Runs a command line; mistakes and failures are told on standard error, and no program that was started outlives it.</summary>
    /// <param name="root">The commands.</param>
    /// <param name="args">The command line.</param>
    /// <param name="stop">Ends commands that heed it.</param>
    public static async Task<int> RunAsync(RootCommand root, string[] args, CancellationToken stop = default)
    {
        ParseResult parsed = root.Parse(args);
        foreach (string mistake in parsed.Errors.Select(static error => error.Message).Distinct())
        {
            await Console.Error.WriteLineAsync(mistake).ConfigureAwait(false);
        }

        if (parsed.Errors.Count > 0)
        {
            return ExitUsage;
        }

        try
        {
            return await parsed.InvokeAsync(
                new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, stop).ConfigureAwait(false);
        }
        catch (MeasurementException failure)
        {
            await Console.Error.WriteLineAsync($"error: {failure.Message}").ConfigureAwait(false);
            return ExitFailed;
        }
        finally
        {
            ChildProcesses.KillAll();
        }
    }
}
