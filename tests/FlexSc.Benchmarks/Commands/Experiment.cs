using System.CommandLine;
using FlexSc.Benchmarks.Report;
using FlexSc.Benchmarks.Run;
using FlexSc.Measuring;
using FlexSc.Measuring.Builds;
using FlexSc.Measuring.Commands;
using FlexSc.Measuring.Machine;

namespace FlexSc.Benchmarks.Commands;

/// <summary>What a command is about to do that has a report of its own.</summary>
/// <param name="Minutes">What it will take, builds left out.</param>
/// <param name="Machine">Where server and generator run, and how long.</param>
/// <param name="Run">Does it; is told when it began and on which machine.</param>
internal sealed record Experiment(double Minutes, RunOptions Machine, Func<DateTime, MachineFacts, IExperimentReport> Run)
{
    /// <summary>A command for an experiment: the options that all of them have, and all that follows from the plan.</summary>
    /// <param name="command">Its name and description, without options.</param>
    /// <param name="quickIs">What <c>--quick</c> takes instead.</param>
    /// <param name="fileHas">What the file holds.</param>
    /// <param name="options">Those of its own.</param>
    /// <param name="plan">Reads them; is told whether it is to be quick, and the cores of server and generator, null where they are not pinned.</param>
    /// <param name="takesCores">Whether these can be chosen; else nothing is pinned.</param>
    public static Command CommandOf(
        Command command, string quickIs, string fileHas, IReadOnlyList<Option> options,
        Func<ParseResult, bool, (int? Server, int? Generator), Experiment> plan, bool takesCores = true)
    {
        Option<bool> quick = new("--quick") { Description = $"A look instead of a measurement: {quickIs}." };
        Option<string?> json = JsonOption(command.Name, fileHas);
        Option<bool> noBuild = CommonOptions.NoBuildOption();
        CoreOptions? cores = takesCores ? new CoreOptions() : null;
        foreach (Option option in (Option[])[quick, .. options, noBuild, json])
        {
            command.Options.Add(option);
        }

        cores?.AddTo(command);
        command.SetAction(result =>
        {
            bool isQuick = result.GetValue(quick);
            string file = result.GetValue(json) ?? JsonReport.DefaultFile(command.Name);
            JsonReport.CheckWritable(file);
            ProjectBuild.Enabled = !result.GetValue(noBuild);
            Experiment experiment = plan(result, isQuick, cores?.Of(result) ?? (null, null));
            if (experiment.Machine is { GeneratorCore: { } core, OneCore: false })
            {
                ProcessorCores.PinThisProcess(core);
            }

            return experiment.Finish(isQuick, file);
        });
        return command;
    }

    /// <param name="name">Of the command.</param>
    /// <param name="fileHas">What the file holds.</param>
    public static Option<string?> JsonOption(string name, string fileHas) => new("--json")
    {
        Description = $"File for {fileHas}; default: artifacts/benchmarks/{name}-TIME.json.",
    };

    /// <summary>Where and how long, for an experiment that takes what it needs of it.</summary>
    public static RunOptions MachineOf(
        bool quick, int rounds, double seconds, double warmUpSeconds, (int? Server, int? Generator) cores) => new(
            quick, rounds, seconds, warmUpSeconds, warmUpSeconds, TrapSeconds: 0, MaxSpreadPercent: double.MaxValue,
            cores.Server, cores.Generator, Only: null);

    /// <summary>Does it, writes file and tables.</summary>
    /// <returns>The exit code: a missed bar is a result, a missing figure is a failure.</returns>
    public int Finish(bool isQuick, string file)
    {
        Progress.Write(FormattableString.Invariant($"about {Minutes:0.0} minutes, builds left out"));
        IExperimentReport report = Run(DateTime.UtcNow, MachineFacts.Read());
        JsonReport.Write<object>(file, report);
        TerminalReport.WidenIfRedirected();
        foreach (TextTable table in report.ToTables())
        {
            TerminalReport.Write(table);
        }

        foreach (string failure in report.Failures)
        {
            TerminalReport.Line(failure);
        }

        if (isQuick)
        {
            TerminalReport.Line("quick run: it shows that everything works; its figures are not to be quoted");
        }

        TerminalReport.Line($"written: {file}");
        return report.IsWhole ? 0 : CommandRun.ExitFailed;
    }
}
