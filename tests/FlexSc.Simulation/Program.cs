using System.CommandLine;
using FlexSc.Simulation.Runs;

namespace FlexSc.Simulation;

/// <summary>Programs over a simulated kernel, a seed each.</summary>
internal static class Program
{
    public const int ExitFailed = 1;
    private const int ExitUsage = 2;

    private static int Main(string[] args)
    {
        RootCommand root = RunCommand.Create();
        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (string error in parsed.Errors.Select(error => error.Message).Distinct())
            {
                Console.Error.WriteLine(error);
            }

            return ExitUsage;
        }

        return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
    }
}
