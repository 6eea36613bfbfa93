using System.CommandLine;
using System.Runtime.InteropServices;
using FlexSc.LoadTests.Commands;
using FlexSc.LoadTests.Servers;
using FlexSc.Measuring;

namespace FlexSc.LoadTests;

/// <summary>Load scenarios for the example services.</summary>
internal static class Program
{
    public const int ExitFailed = 1;
    private const int ExitUsage = 2;

    private static async Task<int> Main(string[] args)
    {
        RootCommand root = new("Load scenarios for the HTTP server, the KV server and the echo.") { ListCommand.Create(), RunCommand.Create() };
        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (string error in parsed.Errors.Select(error => error.Message).Distinct())
            {
                await Console.Error.WriteLineAsync(error).ConfigureAwait(false);
            }

            return ExitUsage;
        }

        using CancellationTokenSource stop = new();
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        try
        {
            return await parsed.InvokeAsync(
                new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, stop.Token).ConfigureAwait(false);
        }
        catch (MeasurementException failure)
        {
            await Console.Error.WriteLineAsync($"error: {failure.Message}").ConfigureAwait(false);
            return ExitFailed;
        }
        finally
        {
            ServerProcess.KillAll();
        }

        // The first signal ends the run in order, with a report of what there is; a second one ends the program.
        void OnSignal(PosixSignalContext context)
        {
            context.Cancel = !stop.IsCancellationRequested;
            if (stop.IsCancellationRequested)
            {
                ServerProcess.KillAll();
            }

            stop.Cancel();
        }
    }
}
