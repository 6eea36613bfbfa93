using System.CommandLine;
using System.Runtime.InteropServices;
using FlexSc.Benchmarks.Commands;
using FlexSc.Measuring;
using FlexSc.Measuring.Processes;

namespace FlexSc.Benchmarks;

/// <summary>Measures the example services against what one would use instead; see docs/benchmarks.md.</summary>
internal static class Program
{
    public const int ExitFailed = 1;
    private const int ExitUsage = 2;
    private const int ExitBySignal = 128;

    private static int Main(string[] args)
    {
        RootCommand root = new("Measures the example services against what one would use instead.")
        {
            GeneratorCommands.CreateKv(), GeneratorCommands.CreateHttp(), ReportCommand.Create(),
        };
        foreach (Command command in MeasuringCommands.Create())
        {
            root.Subcommands.Add(command);
        }

        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (string error in parsed.Errors.Select(error => error.Message).Distinct())
            {
                Console.Error.WriteLine(error);
            }

            return ExitUsage;
        }

        // A generator has no children to end, and answers SIGINT with its figures.
        return parsed.CommandResult.Command.Hidden ? Invoke(parsed) : InvokeWithChildren(parsed);
    }

    private static int InvokeWithChildren(ParseResult parsed)
    {
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using PosixSignalRegistration hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal);
        try
        {
            return Invoke(parsed);
        }
        catch (MeasurementException failure)
        {
            Console.Error.WriteLine($"error: {failure.Message}");
            return ExitFailed;
        }
        finally
        {
            ChildProcesses.KillAll();
        }
    }

    private static int Invoke(ParseResult parsed) =>
        parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });

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
