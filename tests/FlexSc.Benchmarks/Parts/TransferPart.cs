using System.Text.Json;
using FlexSc.Benchmarks.Report;
using FlexSc.Benchmarks.Run;
using FlexSc.Measuring;
using FlexSc.Measuring.Builds;
using FlexSc.Measuring.Servers;

namespace FlexSc.Benchmarks.Parts;

/// <summary>
/// Variants of one server under the same load, one after the other in each round: what they transfer for a second of their CPU. The
/// generator is a thread of this process, with sockets that block.
/// </summary>
internal abstract class TransferPart(RunOptions options, string title, string program, IReadOnlyList<string> variants, IReadOnlyList<TransferWork> works) : IPart
{
    /// <summary>The variant that the project's bounds are about.</summary>
    public const string Pooled = "flexsc-pooled";

    private const double OverheadSeconds = 0.1;
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(30);

    public string Title => title;

    public double EstimatedSeconds => variants.Count * (1 + works.Sum(work => work.Has(variants[^1]) ? 1 : 0) * (options.WarmUpSeconds + (options.Rounds * (options.Seconds + OverheadSeconds))));

    public RunReport Run(RunReport soFar)
    {
        Progress.Write($"== {Title}");
        List<(string Variant, ServerProcess? Process, string? Failure)> servers = [];
        List<(string Work, string Variant, int Round, TransferFigures? Figures, string? Failure)> cells = [];
        try
        {
            servers.AddRange(variants.Select(Start));
            foreach (TransferWork work in works)
            {
                foreach ((string variant, ServerProcess? server, _) in servers.Where(server => server.Process is not null && work.Has(server.Variant)))
                {
                    _ = Measure(work, server!, options.WarmUpSeconds);
                }

                for (int round = 1; round <= options.Rounds; round++)
                {
                    foreach ((string variant, ServerProcess? server, string? failure) in servers.Where(server => work.Has(server.Variant)))
                    {
                        (TransferFigures? figures, string? reason) = server is null ? (null, failure) : Measure(work, server, options.Seconds);
                        cells.Add((work.Name, variant, round, figures, reason));
                        Progress.Write(figures is null
                            ? $"{work.Name}: {variant}: {reason}"
                            : FormattableString.Invariant($"{work.Name}: {variant}: round {round} of {options.Rounds}: {figures.PerSecond:0}/s, {figures.PerCpuSecond:0} per CPU second"));
                    }
                }
            }
        }
        finally
        {
            servers.ForEach(server => server.Process?.Dispose());
        }

        return soFar with { Transfers = [.. soFar.Transfers, .. works.SelectMany(work => variants.Where(work.Has).Select(variant => RowOf(work, variant, cells)))] };
    }

    /// <summary>Arguments of the server.</summary>
    protected abstract IEnumerable<string> ArgumentsOf(string variant);

    /// <summary>The C program that a variant is, without its ending; null for one of .NET.</summary>
    protected virtual string? NativeProgramOf(string variant) => null;

    private static TransferRow RowOf(
        TransferWork work, string variant, IEnumerable<(string Work, string Variant, int Round, TransferFigures? Figures, string? Failure)> cells)
    {
        (int Round, TransferFigures? Figures, string? Failure)[] own =
            [.. cells.Where(cell => cell.Work == work.Name && cell.Variant == variant).Select(cell => (cell.Round, cell.Figures, cell.Failure))];
        Dictionary<int, TransferFigures> baseline = cells.Where(cell => cell.Work == work.Name && cell.Variant == work.Baseline && cell.Figures is not null)
            .ToDictionary(cell => cell.Round, cell => cell.Figures!);
        TransferFigures[] good = [.. own.Where(cell => cell.Figures is not null).Select(cell => cell.Figures!)];
        return new TransferRow(
            work.Name,
            work.Unit,
            variant,
            work.Baseline,
            good.Length,
            Spread.Of(good.Select(figures => figures.PerSecond)),
            Spread.Of(good.Select(figures => figures.PerCpuSecond)),
            variant == work.Baseline ? null : Spread.Of(own.Where(cell => cell.Figures is not null && baseline.ContainsKey(cell.Round))
                .Select(cell => cell.Figures!.PerCpuSecond / baseline[cell.Round].PerCpuSecond)),
            good.Sum(figures => figures.Lost),
            own.Select(cell => cell.Failure).FirstOrDefault(failure => failure is not null));
    }

    private static (TransferFigures? Figures, string? Failure) Measure(TransferWork work, ServerProcess server, double seconds)
    {
        try
        {
            server.Resume();
            double cpuBefore = CpuUsOf(server);
            (long units, long lost, double lasted) = work.Load(server, TimeSpan.FromSeconds(seconds));
            double cpuUs = CpuUsOf(server) - cpuBefore;
            server.Pause();
            const double usPerSecond = 1e6;
            return units == 0 ? (null, "nothing came back") : (new TransferFigures(units / lasted, units * usPerSecond / cpuUs, lost), null);
        }
        catch (Exception failure) when (failure is MeasurementException or System.Net.Sockets.SocketException)
        {
            return (null, failure.Message);
        }
    }

    private static double CpuUsOf(ServerProcess server)
    {
        string answer = server.AskForJson("cpu", AnswerLimit);
        try
        {
            return JsonDocument.Parse(answer).RootElement.GetProperty("CpuUs").GetDouble();
        }
        catch (Exception failure) when (failure is JsonException or KeyNotFoundException)
        {
            throw new MeasurementException($"the server's answer is not understood: {answer}: {failure.Message}");
        }
    }

    private (string Variant, ServerProcess? Process, string? Failure) Start(string variant)
    {
        try
        {
            IReadOnlyList<int>? cpus = new Cores(options).One.Cpus;
            ServerProcess server = ServerProcess.Start(NativeProgramOf(variant) is { } source
                ? ServerLaunch.Create([NativeBuild.Build(source)], cpus)
                : ServerLaunch.Dotnet(ProjectBuild.Build(Path.Combine("tests", "peers", program)), ArgumentsOf(variant), cpus));
            server.Pause();
            return (variant, server, null);
        }
        catch (MeasurementException failure)
        {
            return (variant, null, $"not available: {failure.Message}");
        }
    }

    private sealed record TransferFigures(double PerSecond, double PerCpuSecond, long Lost);
}

/// <summary>A load.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Unit">What is counted.</param>
/// <param name="Baseline">The variant that others are compared with.</param>
/// <param name="Has">Whether a variant serves it.</param>
/// <param name="Load">Loads a server for so long: units that came back, units that did not, and how many seconds it took.</param>
internal sealed record TransferWork(
    string Name, string Unit, string Baseline, Func<string, bool> Has, Func<ServerProcess, TimeSpan, (long Units, long Lost, double Seconds)> Load);
