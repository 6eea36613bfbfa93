using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace FlexSc.Simulation.Runs;

/// <summary>Runs one seed or many and prints those that fail.</summary>
internal static class RunCommand
{
    private const ulong FirstSeed = 1;

    public static RootCommand Create()
    {
        Option<ulong?> seed = new("--seed") { Description = "Runs this seed only." };
        Option<int> runs = new("--runs") { Description = "Seeds to run, one after the other.", DefaultValueFactory = _ => 1_000 };
        Option<ulong> from = new("--from") { Description = "The first of them.", DefaultValueFactory = _ => FirstSeed };
        Option<int> jobs = new("--jobs") { Description = "Runs at the same time.", DefaultValueFactory = _ => Environment.ProcessorCount };
        Option<bool> trace = new("--trace") { Description = "Prints the steps; with --seed." };
        Option<bool> first = new("--stop-at-first") { Description = "Ends when one has failed and those before it are through." };
        Option<int?> most = new("--most-seconds") { Description = "Begins no run behind so many seconds; what was run is told." };
        Option<string?> program = new("--program") { Description = $"Runs this program only: {string.Join(", ", SimulationRun.ProgramNames)}." };
        program.AcceptOnlyFromAmong([.. SimulationRun.ProgramNames]);
        Validate(runs);
        Validate(jobs);
        most.Validators.Add(result =>
        {
            if (result.GetValue(most) < 1)
            {
                result.AddError($"{most.Name} must be 1 or more");
            }
        });
        RootCommand root = new("Programs over a simulated kernel: every run is what its seed makes of it, and the same again.")
        {
            seed, runs, from, jobs, trace, first, most, program,
        };
        root.SetAction(parsed => parsed.GetValue(seed) is { } single
            ? RunOne(single, parsed.GetValue(program), parsed.GetValue(trace))
            : RunMany(
                new SeedRange(parsed.GetValue(from), parsed.GetValue(runs)) { MostSeconds = parsed.GetValue(most) },
                parsed.GetValue(program), parsed.GetValue(jobs), parsed.GetValue(first)));
        return root;
    }

    private static void Validate(Option<int> option) => option.Validators.Add(result =>
    {
        if (result.GetValue(option) < 1)
        {
            result.AddError($"{option.Name} must be 1 or more");
        }
    });

    private static int RunOne(ulong seed, string? program, bool trace)
    {
        SimulationResult result = SimulationRun.Execute(seed, program, trace ? Console.Out.WriteLine : null);
        Console.WriteLine(Describe(result));
        return result.Fault is null ? 0 : Program.ExitFailed;
    }

    private static int RunMany(SeedRange seeds, string? program, int jobs, bool stopAtFirst)
    {
        long startedAt = Stopwatch.GetTimestamp();
        RunSummary summary = seeds.Run(seed => SimulationRun.Execute(seed, program), jobs, stopAtFirst, result => Console.WriteLine(Describe(result)));
        double seconds = Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
        Table table = new Table().AddColumns("program", "runs", "failed", "steps").Border(TableBorder.Simple);
        foreach ((string name, (int count, int failed, long steps)) in summary.Programs)
        {
            table.AddRow(name, Number(count), Number(failed), Number(steps));
        }

        AnsiConsole.Write(table);
        AnsiConsole.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{summary.Runs} runs, {summary.Steps} steps in {seconds:f1} s: {summary.Steps / seconds:f0} steps a second"));
        return summary.Failed == 0 ? 0 : Program.ExitFailed;
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Describe(SimulationResult result) => string.Create(
        CultureInfo.InvariantCulture,
        $"seed {result.Seed} {result.Program}: {(result.Fault is null ? $"passed, {result.Steps} steps" : $"FAILED, {result.Fault}")}");
}
