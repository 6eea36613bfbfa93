using System.Text.Json;
using FlexSc.Benchmarks.Report;
using FlexSc.Benchmarks.Run;
using FlexSc.Measuring;

namespace FlexSc.Benchmarks.Parts;

/// <summary>
/// The matrix of Akka.NET's TcpOperationsBenchmarks by the same actors: stock Akka.IO, FlexSC's sockets by one line of
/// configuration, and FlexSC's dispatcher by a second one. Server and clients share a process and all cores, as there.
/// </summary>
internal sealed class EchoPart(RunOptions options) : IPart
{
    public const string Stock = "akka-io";
    public const string Sockets = "flexsc";
    public const string Actors = "flexsc-actors";
    public static readonly IReadOnlyList<int> AllClients = [1, 3, 5, 7, 10, 20, 30, 40];

    private const int WindowMs = 300;
    private const int WarmUpMs = 1500;
    private const int QuickWarmUpMs = 500;
    private const double OverheadSeconds = 0.2;
    private static readonly string[] Variants = [Stock, Sockets, Actors];
    private static readonly int[] QuickClients = [10];

    private readonly IReadOnlyList<int> _clients = options.Quick ? QuickClients : AllClients;
    private readonly int _warmUpMs = options.Quick ? QuickWarmUpMs : WarmUpMs;

    public string Title => "echo: 10 B messages in bursts of 20, all cores";

    public double EstimatedSeconds => Variants.Length * (1 + (2 * _warmUpMs / 1000.0) + (_clients.Count * options.Rounds * ((WindowMs / 1000.0) + OverheadSeconds)));

    public RunReport Run(RunReport soFar)
    {
        Progress.Write($"== {Title}");
        List<(string Variant, EchoProcess Process)> processes = [];
        List<(string Variant, int Clients, int Round, Figures? Figures, string? Failure)> cells = [];
        try
        {
            processes.AddRange(Variants.Select(variant => (variant, EchoProcess.Start(variant, null, new Cores(options).BothCores, _warmUpMs))));
            foreach (int clients in _clients)
            {
                for (int round = 1; round <= options.Rounds; round++)
                {
                    foreach ((string variant, EchoProcess process) in processes)
                    {
                        (Figures? figures, string? reason) = process.Measure(clients, WindowMs);
                        cells.Add((variant, clients, round, figures, reason));
                        Progress.Write(figures is null
                            ? $"{clients} clients: {variant}: {reason}"
                            : FormattableString.Invariant($"{clients} clients: {variant}: round {round} of {options.Rounds}: {figures.MessagesPerSecond:0} messages/s"));
                    }
                }
            }
        }
        finally
        {
            processes.ForEach(entry => entry.Process.Dispose());
        }

        return soFar with
        {
            Echo =
            [
                .. _clients.SelectMany(clients => Variants.Select(variant => RowOf(
                    variant,
                    clients,
                    [.. cells.Where(cell => cell.Variant == variant && cell.Clients == clients).Select(cell => (cell.Round, cell.Figures, cell.Failure))],
                    cells.Where(cell => cell.Variant == Stock && cell.Clients == clients && cell.Figures is not null).ToDictionary(cell => cell.Round, cell => cell.Figures!)))),
            ],
        };
    }

    /// <summary>Sums the rounds of one variant up; ratios are taken within a round.</summary>
    public static EchoRow RowOf(
        string variant, int clients, IReadOnlyList<(int Round, Figures? Figures, string? Failure)> rounds, IReadOnlyDictionary<int, Figures> stock)
    {
        (int Round, Figures Figures)[] good = [.. rounds.Where(round => round.Figures is not null).Select(round => (round.Round, round.Figures!))];
        (Figures Own, Figures Stock)[] pairs = variant == Stock ? [] : [.. good.Where(round => stock.ContainsKey(round.Round)).Select(round => (round.Figures, stock[round.Round]))];
        return new EchoRow(
            variant,
            clients,
            good.Length,
            Spread.Of(good.Select(round => round.Figures.MessagesPerSecond)),
            Spread.Of(pairs.Select(pair => pair.Own.MessagesPerSecond / pair.Stock.MessagesPerSecond)),
            Spread.Of(good.Select(round => round.Figures.CpuUsPerMessage)),
            Spread.Of(good.Select(round => round.Figures.AllocatedBytesPerMessage)),
            Spread.Of(pairs.Select(pair => pair.Own.AllocatedBytesPerMessage / pair.Stock.AllocatedBytesPerMessage)),
            rounds.Select(round => round.Failure).FirstOrDefault(failure => failure is not null));
    }

    /// <summary>What the echo program answers for one run.</summary>
    internal sealed record Figures(double MessagesPerSecond, double CpuUsPerMessage, double AllocatedBytesPerMessage)
    {
        private static readonly JsonSerializerOptions Strict = new() { RespectRequiredConstructorParameters = true };

        /// <exception cref="MeasurementException">It is not what was agreed on.</exception>
        public static Figures Parse(string json)
        {
            try
            {
                return JsonSerializer.Deserialize<Figures>(json, Strict) ?? throw new MeasurementException($"the echo's answer is not understood: {json}");
            }
            catch (JsonException failure)
            {
                throw new MeasurementException($"the echo's answer is not understood: {json}: {failure.Message}");
            }
        }
    }
}
