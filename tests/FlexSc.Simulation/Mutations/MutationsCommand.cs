using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;

namespace FlexSc.Simulation.Mutations;

/// <summary>Looks for the seed that finds each mutation and prints the list of docs/simulation.md.</summary>
internal static partial class MutationsCommand
{
    private const int DefaultRuns = 2_000;

    public static Command Create()
    {
        Option<int> runs = new("--runs") { Description = "Seeds to try, from 1 on.", DefaultValueFactory = _ => DefaultRuns };
        Option<string[]> only = new("--only") { Description = "These mutations, by name; without it all, and the sources as they are." };
        Command command = new("mutations", "Puts bugs into a copy of the sources, one at a time, and looks for the first seed that finds each.") { runs, only };
        command.SetAction(parsed => Run(parsed.GetValue(runs), parsed.GetValue(only) ?? []));
        return command;
    }

    private static int Run(int runs, string[] only)
    {
        using MutatedBuild build = MutatedBuild.Make(MutatedBuild.FindRepository());
        Console.WriteLine("| Mutation | What goes wrong | Program | Seed | What the run says |");
        Console.WriteLine("|---|---|---|---|---|");
        int missed = only.Length == 0 && FirstFailure(build.Run(null, runs)) is { } fault
            ? Report("none", "the sources as they are", "all", fault, isRight: false) : 0;
        foreach (Mutation mutation in Mutation.All.Where(mutation => only.Length == 0 || only.Contains(mutation.Name)))
        {
            (string Seed, string Fault)? found = FirstFailure(build.Run(mutation, runs));
            missed += Report(mutation.Name, mutation.What, mutation.Program, found ?? ("none", "nothing"), isRight: found is not null);
        }

        return missed == 0 ? 0 : Program.ExitFailed;
    }

    private static int Report(string name, string what, string program, (string Seed, string Fault) found, bool isRight)
    {
        Console.WriteLine($"| {name} | {what} | {program} | {found.Seed} | {found.Fault} |");
        return isRight ? 0 : 1;
    }

    /// <summary>The lowest seed that failed, and how, without the figures that follow.</summary>
    private static (string Seed, string Fault)? FirstFailure(string output)
    {
        Match? first = FailedLine().Matches(output).MinBy(match => ulong.Parse(match.Groups["seed"].Value, CultureInfo.InvariantCulture));
        return first is null ? null : (first.Groups["seed"].Value, first.Groups["fault"].Value.Split(';')[0]);
    }

    [GeneratedRegex(@"^seed (?<seed>\d+) \S+: FAILED, (?<fault>.*)$", RegexOptions.Multiline)]
    private static partial Regex FailedLine();
}
