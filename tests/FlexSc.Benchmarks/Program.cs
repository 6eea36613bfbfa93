using System.CommandLine;
using System.Runtime.InteropServices;
using FlexSc.Benchmarks.Commands;
using FlexSc.Measuring.Commands;
using FlexSc.Measuring.Processes;

namespace FlexSc.Benchmarks;

/// <summary>Measures the example services against what one would use instead; see docs/benchmarks.md.</summary>
internal static class Program
{
    private const int ExitBySignal = 128;

    private static int Main(string[] args)
    {
        RootCommand root = new("Measures the example services against what one would use instead.")
        {
            GeneratorCommands.CreateKv(), GeneratorCommands.CreateHttp(), ReportCommand.Create(), PlacementCommand.Create(), RegressCommand.Create(),
            MetricsCostCommand.Create(), ColdStartCommand.Create(), StallsCommand.Create(), BlockingProgramCommand.Create(),
        };
        foreach (Command command in MeasuringCommands.Create())
        {
            root.Subcommands.Add(command);
        }

        // The commands run on this thread: servers are started from it alone, see ServerLaunch. A generator has no children to end, and answers SIGINT with its figures.
        if (root.Parse(args).CommandResult.Command.Hidden)
        {
            return CommandRun.RunAsync(root, args).GetAwaiter().GetResult();
        }

        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using PosixSignalRegistration hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal);
        return CommandRun.RunAsync(root, args).GetAwaiter().GetResult();
    }

    private static void OnSignal(PosixSignalContext context)
    {
        const int Interrupt = 2;
        const int Terminate = 15;
        const int HangUp = 1;
        context.Cancel = true;
        ChildProcesses.KillAll();
        Console.Error.WriteLine("stopped by a signal");
        Environment.Exit(ExitBySignal + context.Signal switch
        {
            PosixSignal.SIGINT => Interrupt,
            PosixSignal.SIGTERM => Terminate,
            _ => HangUp,
        });
    }
}
