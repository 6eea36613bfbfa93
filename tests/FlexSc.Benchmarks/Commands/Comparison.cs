using FlexSc.Benchmarks.Load;
using FlexSc.Benchmarks.Measure;
using FlexSc.Benchmarks.Report;
using FlexSc.Benchmarks.Run;
using FlexSc.Benchmarks.Servers;
using FlexSc.Benchmarks.Setup;

namespace FlexSc.Benchmarks.Commands;

/// <summary>A comparison from its options to its tables and its file.</summary>
internal sealed record Comparison(
    string Command,
    string Title,
    string Example,
    RunOptions Options,
    IReadOnlyList<LoadShape> Shapes,
    object LoadDetails,
    bool Quick,
    bool Build,
    bool AllowMissing,
    string JsonFile,
    Func<ILoadGenerator> CreateGenerator,
    Func<IReadOnlyList<Row>, IReadOnlyList<Target>> ToTargets)
{
    /// <returns>The exit code: 1 when a figure is missing that was asked for.</returns>
    public int Execute()
    {
        ILoadGenerator generator = CreateGenerator();
        using IDisposable? resources = generator as IDisposable;
        MachineFacts machine = MachineFacts.Read();
        Progress.Write($"building examples/{Example}");
        string program = ServerBuild.Build(Example, Build);
        ITrapCounter trapCounter = TrapCounters.Choose();
        if (Options.GeneratorCore is { } core)
        {
            CpuList.PinThisProcess(core);
        }

        ComparisonResult result = new ComparisonRun(generator, Options, trapCounter).Run(program, Shapes);
        IReadOnlyList<Row> rows = new RowBuilder(result, Options).Build();
        IReadOnlyList<Target> targets = ToTargets(rows);
        WriteTables(machine, result, rows, targets, trapCounter.Name);
        JsonReport.Write(JsonFile, new
        {
            command = Command,
            utc = DateTime.UtcNow,
            machine,
            serverEnvironment = ServerLaunch.RuntimeSettings,
            quick = Quick,
            options = Options,
            load = LoadDetails,
            trapCounter = trapCounter.Name,
            variants = result.Variants,
            rows,
            targets,
            cells = result.Cells,
        });
        return ExitCode(result, rows);
    }

    private void WriteTables(MachineFacts machine, ComparisonResult result, IReadOnlyList<Row> rows, IReadOnlyList<Target> targets, string trapCounter)
    {
        TableReport.Prepare();
        TableReport.WriteMachine(machine, CommonOptions.Describe(Options.ServerCore, Options.GeneratorCore));
        if (Quick)
        {
            TableReport.Line("quick run: warm-up and rounds are too few for figures worth quoting, it shows that everything works");
        }

        TableReport.WriteDescriptions(result.Variants.Select(variant => (variant.Name, variant.Description)));
        foreach (LoadShape shape in Shapes)
        {
            TableReport.WriteRows(Title, rows, shape, trapCounter);
        }

        if (targets.Count > 0)
        {
            TableReport.WriteTargets(targets);
        }

        TableReport.WriteStopFailures(result.Variants);
    }

    private int ExitCode(ComparisonResult result, IReadOnlyList<Row> rows)
    {
        bool missing = result.Variants.Any(variant => !variant.Started);
        bool broken = result.Variants.Any(variant => variant.Started && (variant.Unavailable ?? variant.StopFailure) is not null);
        HashSet<string> started = [.. result.Variants.Where(variant => variant.Started).Select(variant => variant.Name)];
        bool withoutFigures = rows.Any(row => row.GoodRounds == 0 && started.Contains(row.Variant));
        return broken || withoutFigures || (missing && !AllowMissing) ? Program.ExitFailed : 0;
    }
}
