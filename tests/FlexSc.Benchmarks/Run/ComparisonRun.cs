using FlexSc.Benchmarks.Load;
using FlexSc.Benchmarks.Measure;

namespace FlexSc.Benchmarks.Run;

/// <summary>Runs all variants under all loads, the variants in turn in each round. Used from the main thread.</summary>
internal sealed class ComparisonRun(ILoadGenerator generator, RunOptions options, ITrapCounter trapCounter)
{
    private readonly CellRunner _runner = new(generator, options);
    private readonly List<CellResult> _cells = [];
    private readonly Dictionary<(string Variant, LoadShape Shape), TrapFigure> _traps = [];

    /// <param name="program">The server's program file.</param>
    /// <param name="shapes">The loads, in the order of the tables.</param>
    public ComparisonResult Run(string program, IReadOnlyList<LoadShape> shapes)
    {
        List<VariantServer> variants = [];
        try
        {
            foreach (Servers.Variant variant in options.Variants)
            {
                VariantServer started = VariantServer.Start(variant, program, options.ServerCore);
                variants.Add(started);
                Progress.Write(started.Unavailable is { } reason ? $"{variant.Name}: not available: {reason}" : $"{variant.Name}: {started.Description}");
                Attempt(started, server =>
                {
                    generator.Verify(server.EndPoint);
                    generator.Prepare(server.EndPoint);
                    WarmUp(started, server, shapes[0], options.FirstWarmUpSeconds);
                });
            }

            foreach (LoadShape shape in shapes)
            {
                RunShape(variants, shape);
            }

            foreach (VariantServer variant in variants)
            {
                variant.Stop();
            }

            return new ComparisonResult(
                [.. variants.Select(StateOf)],
                shapes,
                _cells,
                [.. _traps.Select(entry => new TrapResult(entry.Key.Variant, entry.Key.Shape, entry.Value))]);
        }
        finally
        {
            variants.ForEach(variant => variant.Dispose());
        }
    }

    private void RunShape(List<VariantServer> variants, LoadShape shape)
    {
        foreach (VariantServer variant in variants)
        {
            Attempt(variant, server =>
            {
                generator.Verify(server.EndPoint);
                WarmUp(variant, server, shape, options.WarmUpSeconds);
            });
        }

        for (int round = 1; round <= options.Rounds; round++)
        {
            foreach (VariantServer variant in variants)
            {
                Attempt(variant, server =>
                {
                    CellResult cell = _runner.Measure(variant.Variant.Name, server, shape, round);
                    _cells.Add(cell);
                    Progress.Write($"{shape}: {variant.Variant.Name}: round {round} of {options.Rounds}: {Describe(cell)}");
                });
            }
        }

        if (options.TrapSeconds > 0)
        {
            foreach (VariantServer variant in variants)
            {
                Attempt(variant, server =>
                {
                    TrapFigure figure = _runner.CountTraps(trapCounter, server, shape);
                    _traps[(variant.Variant.Name, shape)] = figure;
                    Progress.Write(figure.PerRequest is { } traps
                        ? FormattableString.Invariant($"{shape}: {variant.Variant.Name}: {traps:0.00} traps per request")
                        : $"{shape}: {variant.Variant.Name}: traps not counted: {figure.Source}");
                });
            }
        }
    }

    private void WarmUp(VariantServer variant, Servers.ServerProcess server, LoadShape shape, double seconds)
    {
        string errors = _runner.WarmUp(server, shape, seconds);
        if (errors.Length > 0)
        {
            Progress.Write($"{shape}: {variant.Variant.Name}: errors in the warm-up: {errors}");
        }
    }

    // Only the variant whose turn it is runs; the others are stopped.
    private static void Attempt(VariantServer variant, Action<Servers.ServerProcess> action)
    {
        if (variant.Server is not { } server)
        {
            return;
        }

        try
        {
            server.Resume();
            action(server);
            server.Pause();
        }
        catch (BenchmarkException failure)
        {
            Progress.Write($"{variant.Variant.Name}: given up: {failure.Message}");
            variant.GiveUp(failure.Message);
        }
    }

    private static VariantState StateOf(VariantServer variant) =>
        new(variant.Variant.Name, variant.Description, variant.Started, variant.Unavailable, variant.StopFailure);

    private static string Describe(CellResult cell) => cell.Discarded is { } reason
        ? $"discarded: {reason}"
        : FormattableString.Invariant($"{cell.Figures!.CpuUsPerRequest:0.00} us CPU per request, {cell.Figures.RequestsPerSecond:0} requests/s");
}
