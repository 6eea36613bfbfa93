using System.CommandLine;
using System.Diagnostics;
using FlexSc.Akka.Placement;
using FlexSc.Benchmarks.Placement;
using FlexSc.Benchmarks.Report;
using FlexSc.Benchmarks.Report.Pages;
using FlexSc.Benchmarks.Run;
using FlexSc.Interop.Capabilities;
using FlexSc.Measuring;
using FlexSc.Measuring.Builds;
using FlexSc.Measuring.Commands;
using FlexSc.PlacementModel.Calibration;
using FlexSc.PlacementModel.Model;
using FlexSc.PlacementModel.Scenarios;

namespace FlexSc.Benchmarks.Commands;

/// <summary>The placement command: the adaptive policy against every split that stays, in simulation.</summary>
internal static class PlacementCommand
{
    private const string LiveName = "placement-live";
    private const int MaxRounds = 100;
    private const double MaxSeconds = 600;
    private static readonly string FiguresFile = Path.Combine("tests", "FlexSc.PlacementModel", CostFigures.FileName);

    public static Command Create()
    {
        Option<bool> calibrate = new("--calibrate")
        {
            Description = $"Measure what calls cost on this machine and write {FiguresFile}, which the next build simulates with. Nothing else.",
        };
        Option<bool> writeDocs = new("--write-docs") { Description = "Write the tables and charts of docs/placement.md." };
        Option<bool> quick = new("--quick") { Description = "The machine of 8 cores only; with --live a look." };
        Option<bool> live = new("--live")
        {
            Description = "On this machine instead: a load that turns from idle to busy to blocking file calls to computing, by every policy in turn; some five minutes, with --quick one.",
        };
        Command command = new("placement", "The adaptive placement against every static split, in simulation; some minutes.")
        {
            calibrate, writeDocs, quick, live,
        };
        Option<string?> json = Experiment.JsonOption(LiveName, "what --live showed");
        UsualOption<int> rounds = UsualOption.Whole(
            "--rounds", "With --live: how often each policy has its turn", 3, 1, MaxRounds, quick: 1);
        UsualOption<double> seconds = UsualOption.Decimal("--seconds", "With --live: seconds of each phase", 8, 1, MaxSeconds, quick: 3);
        foreach (Option option in (Option[])[rounds, seconds, json])
        {
            command.Options.Add(option);
        }

        command.SetAction(result =>
        {
            bool isQuick = result.GetValue(quick);
            LiveOptions options = new(
                isQuick, rounds.Of(result, isQuick), seconds.Of(result, isQuick), PlacementPage.LeastRelative);
            return result.GetValue(calibrate) ? Calibrate()
                : result.GetValue(live) ? RunLive(options, result.GetValue(json) ?? JsonReport.DefaultFile(LiveName))
                : Simulate(isQuick, result.GetValue(writeDocs));
        });
        return command;
    }

    private static int RunLive(LiveOptions options, string file)
    {
        IReadOnlyList<int> cpus = CpuAllowance.Read().Cpus;
        if (cpus.Count < 2)
        {
            TerminalReport.Line("skipped: this process may use one core, and a static split needs one for loops and one for system calls");
            return 0;
        }

        JsonReport.CheckWritable(file);
        RunOptions machine = Experiment.MachineOf(options.Quick, options.Rounds, options.Seconds, warmUpSeconds: 0, (null, null));
        return new Experiment(
            LiveRun.EstimatedMinutes(options), machine, (utc, facts) => new LiveRun(options).Run(utc, facts, cpus)).Finish(options.Quick, file);
    }

    private static int Calibrate()
    {
        CostFigures figures = Calibrator.Measure();
        File.WriteAllText(Path.Combine(Repository.Root(), FiguresFile), figures.ToJson() + "\n");
        TerminalReport.Line(figures.ToJson());
        return 0;
    }

    private static int Simulate(bool quick, bool writeDocs)
    {
        List<Comparison> comparisons = [];
        foreach (ModelMachine machine in quick ? ScenarioCatalog.Machines.Take(1) : ScenarioCatalog.Machines)
        {
            foreach (CostFigures figures in new[] { CostFigures.Measured, CostFigures.DirtyCaches })
            {
                Comparison[] of = Run(machine, figures);
                TerminalReport.Write(PlacementPage.Table(machine.Name, figures.Machine, of));
                comparisons.AddRange(of);
            }
        }

        if (writeDocs)
        {
            PlacementPage.Write(comparisons, Path.Combine(Repository.Root(), "docs"));
        }

        Comparison[] missed = [.. comparisons.Where(static comparison =>
            comparison.Relative < PlacementPage.LeastRelative || comparison.DecisionsASecond > PlacementPage.MostDecisions)];
        foreach (Comparison comparison in missed)
        {
            TerminalReport.Line(
                $"missed: {comparison.Scenario.Name} on {comparison.Machine.Name} ({comparison.Figures.Machine}): {comparison.Relative:0.00} of the best, {comparison.DecisionsASecond} decisions in a second");
        }

        return missed.Length == 0 ? 0 : CommandRun.ExitFailed;

        static Comparison[] Run(ModelMachine machine, CostFigures figures) =>
        [
            .. ScenarioCatalog.All.Select(scenario =>
            {
                long started = Stopwatch.GetTimestamp();
                Comparison comparison = Comparison.Of(scenario, machine, figures, PlacementAbilities.All);
                Progress.Write(
                    $"== {scenario.Name}, {machine.Name}, {figures.Machine}: {comparison.Splits} splits, {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s; {comparison.Relative:0.00} of the best");
                return comparison;
            }),
        ];
    }
}
