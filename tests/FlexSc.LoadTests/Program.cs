using System.CommandLine;
using System.Runtime.InteropServices;
using FlexSc.LoadTests.Commands;
using FlexSc.Measuring.Commands;
using FlexSc.Measuring.Processes;

namespace FlexSc.LoadTests;

/// <summary>Load scenarios for the example services.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        using CancellationTokenSource stop = new();
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        RootCommand root = new("Load scenarios for the HTTP server, the KV server and the echo.") { ListCommand.Create(), RunCommand.Create() };
        return await CommandRun.RunAsync(root, args, stop.Token).ConfigureAwait(false);

        // The first signal ends the run in order, with a report of what there is; a second one ends the program.
        void OnSignal(PosixSignalContext context)
        {
            context.Cancel = !stop.IsCancellationRequested;
            if (stop.IsCancellationRequested)
            {
                ChildProcesses.KillAll();
            }

            stop.Cancel();
        }
    }
}
