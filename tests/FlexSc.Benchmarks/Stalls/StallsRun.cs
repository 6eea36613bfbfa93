using System.Diagnostics;
using System.Globalization;
using FlexSc.Benchmarks.Load.Http;
using FlexSc.Benchmarks.Run;
using FlexSc.Measuring;
using FlexSc.Measuring.Builds;
using FlexSc.Measuring.Load;
using FlexSc.Measuring.Machine;
using FlexSc.Measuring.Servers;

namespace FlexSc.Benchmarks.Stalls;

/// <summary>
/// A server for each round of each case, whose actor is told to hold up its loop while neighbours ask at a fixed pace. Used from the main
/// thread.
/// </summary>
/// <param name="options">How long and how often.</param>
/// <param name="machine">Where the loops and the generator run.</param>
internal sealed class StallsRun(StallsOptions options, RunOptions machine)
{
    private const double SecondsPerMinute = 60;
    private const string Server = "StallingServer";

    /// <summary>Between two messages to the actor: it is to hold up its loop for a part of the time, and its messages are not to queue.</summary>
    private const int MessageEveryMs = 1000;

    /// <summary>Spans by which the load during the stalls is told.</summary>
    private const int SpanMs = 250;

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan EarlyPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan EvictionLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BeginLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan BeforeLimit = TimeSpan.FromSeconds(10);

    // Compiled in full at once: else the load after would be served by better code than the load before.
    private static readonly Dictionary<string, string> Runtime = new(StringComparer.Ordinal) { ["DOTNET_TieredCompilation"] = "0" };

    private readonly OpenLoopGenerator _generator = new(HttpExchange.Hello, SpanMs, options.GeneratorIsFirst);
    private readonly List<StallFigures> _figures = [];
    private readonly MissingFigures _missing = new();

    /// <summary>All rounds, and why some are missing.</summary>
    public (IReadOnlyList<StallFigures> Figures, IReadOnlyList<string> Failures) Run()
    {
        StallCase[] asked = [.. StallCase.All.Where(one => options.Cases.Contains(one.Name))];
        string program = ProjectBuild.Build(Path.Combine("tests", "peers", Server), Server);
        using AwakeCores? awake = AwakeCores.If(options.KeepsCoresAwake);
        for (int round = 1; round <= options.Rounds; round++)
        {
            foreach (StallCase one in asked)
            {
                _missing.Note(FormattableString.Invariant($"{one.Name}, round {round}"), () =>
                {
                    StallFigures figures = Measure(program, one, round);
                    _figures.Add(figures);
                    Progress.Write(FormattableString.Invariant(
                        $"round {round}: {one.Name}: p99 {figures.BeforeUs:0} us before, {figures.WorstUs:0} us at worst, {figures.AfterUs:0} us after"));
                });
            }
        }

        return (_figures, _missing.Reasons);
    }

    /// <summary>What it takes, builds left out.</summary>
    public static double EstimatedMinutes(StallsOptions options)
    {
        const double startsSeconds = 10;
        double each = options.WarmUpSeconds + (3 * options.Seconds) + startsSeconds + Math.Max(MessageEveryMs * 3, options.GiveUpMs * 2) / 1000.0;
        return options.Rounds * options.Cases.Count * each / SecondsPerMinute;
    }

    private StallFigures Measure(string program, StallCase one, int round)
    {
        using ServerProcess server = Start(program, one);
        _ = Load(server, options.WarmUpSeconds);
        double before = Load(server, options.Seconds).P99Us;
        double control = Load(server, options.Seconds).P99Us;
        return one.DeadlockedLoop is { } loop
            ? Deadlock(server, loop, new StallFigures(one.Name, round, before, control, 0, 0, 0))
            : Evict(server, one, new StallFigures(one.Name, round, before, control, 0, 0, 0));
    }

    /// <summary>The loops on their cores, all else of the server where the scheduler puts it: an evicted actor may have a core of its own.</summary>
    private ServerProcess Start(string program, StallCase one)
    {
        List<string> arguments = ["--loops", Text(one.Loops), "--give-up-ms", Text(options.GiveUpMs)];
        if (machine is { ServerCore: { } core, GeneratorCore: { } other })
        {
            arguments.AddRange(["--loop-cpus", string.Join(',', new[] { core, other }.Distinct().Take(one.Loops).Select(Text))]);
        }

        return ServerProcess.Start(ServerLaunch.Dotnet(program, arguments, cpus: null, Runtime));
    }

    private LoadResult Load(ServerProcess server, double seconds)
    {
        using ILoad load = Begin(server, TimeSpan.FromSeconds(seconds));
        return EndOf(load);
    }

    private ILoad Begin(ServerProcess server, TimeSpan duration)
    {
        ILoad load = _generator.Start(
            server.EndPoint, new LoadShape(options.Connections, 1, options.OfferedPerSecond), duration, machine.GeneratorCore);
        try
        {
            load.AwaitAnswers(2, BeginLimit, Poll);
            return load;
        }
        catch
        {
            load.Dispose();
            throw;
        }
    }

    private static LoadResult EndOf(ILoad load)
    {
        LoadResult result = load.WaitForEnd();
        return result.Errors > 0 ? throw new MeasurementException(result.ErrorText) : result;
    }

    /// <summary>Until its actor is evicted, and then while it goes on.</summary>
    private StallFigures Evict(ServerProcess server, StallCase one, StallFigures figures)
    {
        string question = FormattableString.Invariant($"stall {one.Way} {one.MillisecondsOf(options)}");
        double untilMs;
        LoadResult during;
        using (ILoad load = Begin(server, EvictionLimit))
        {
            long start = Stopwatch.GetTimestamp();
            long next = 0;
            StallState state = StallState.Ask(server);
            while (state.EvictedAfter == 0)
            {
                TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
                if (elapsed > EvictionLimit)
                {
                    throw new MeasurementException(FormattableString.Invariant(
                        $"after {state.Begun} messages in {elapsed.TotalSeconds:0} s the actor is not evicted"));
                }

                if (elapsed.TotalMilliseconds >= next)
                {
                    next += MessageEveryMs;
                    _ = StallState.Ask(server, question);
                }

                Thread.Sleep(Poll);
                state = StallState.Ask(server);
            }

            untilMs = Stopwatch.GetElapsedTime(start).TotalMilliseconds;

            // The message that it was evicted for is at its end then.
            Thread.Sleep(one.MillisecondsOf(options) + SpanMs);
            load.Stop();
            during = EndOf(load);
        }

        StallState evicted = StallState.Ask(server);
        LoadResult after;
        using (ILoad load = Begin(server, TimeSpan.FromSeconds(options.Seconds)))
        {
            for (int told = 0; told < options.Seconds * 1000 / MessageEveryMs; told++)
            {
                _ = StallState.Ask(server, question);
                Thread.Sleep(MessageEveryMs);
            }

            after = EndOf(load);
        }

        StallState end = StallState.Ask(server);
        return server.Stop() is { } failure ? throw new MeasurementException(failure)
            : end.Evicted == 0 ? throw new MeasurementException("the actor came back to its loop while it went on to hold it up")
            : figures with
            {
                WorstUs = during.Intervals.Max(static span => span.P99Us),
                AfterUs = after.P99Us,
                UntilMs = untilMs,
                Stalls = evicted.EvictedAfter,
                StallsAfter = end.Begun - evicted.Begun,
            };
    }

    /// <summary>Until its loop is given up, and what comes after. Its process is killed: nothing ends a handler that waits for ever.</summary>
    private StallFigures Deadlock(ServerProcess server, int loop, StallFigures figures)
    {
        StallHealth healthBefore = StallHealth.Ask(server);
        List<KeptConnection> old = [.. Enumerable.Range(0, options.Connections).Select(_ => new KeptConnection(server.EndPoint))];
        try
        {
            if (!old.All(static connection => connection.IsAnswered(BeforeLimit)))
            {
                throw new MeasurementException("a connection was not answered before anything was held up");
            }

            double worst;
            double untilMs;
            List<(bool IsAnswered, double Ms)> early = [];
            using (ILoad load = Begin(server, EvictionLimit))
            {
                long start = Stopwatch.GetTimestamp();
                _ = StallState.Ask(server, FormattableString.Invariant($"deadlock {loop}"));
                while (!StallState.Ask(server).GivenUp.Contains(loop))
                {
                    if (Stopwatch.GetElapsedTime(start) > EvictionLimit)
                    {
                        throw new MeasurementException(FormattableString.Invariant($"loop {loop} is not given up after {EvictionLimit.TotalSeconds:0} s"));
                    }

                    long began = Stopwatch.GetTimestamp();
                    bool isAnswered = KeptConnection.IsAnswered(server.EndPoint, AnswerLimit);
                    early.Add((isAnswered, Stopwatch.GetElapsedTime(began).TotalMilliseconds));
                    Thread.Sleep(EarlyPause);
                }

                untilMs = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
                load.Stop();

                // Connections that wait are no errors of the load: they are what is shown.
                worst = load.WaitForEnd().Intervals.Max(static span => span.P99Us);
            }

            int answered = Enumerable.Range(0, options.NewConnections).Count(_ => KeptConnection.IsAnswered(server.EndPoint, AnswerLimit));
            GivenUpFigures givenUp = new(
                old.Count,
                old.Count(static connection => connection.IsAnswered(AnswerLimit)),
                early.Count,
                early.Count(static connection => connection.IsAnswered),
                early.Max(static connection => connection.Ms),
                options.NewConnections,
                answered,
                NewActors.Ask(server, options.NewConnections),
                healthBefore.Status,
                StallHealth.Ask(server));
            return figures with
            {
                WorstUs = worst,
                AfterUs = Load(server, options.Seconds).P99Us,
                UntilMs = untilMs,
                GivenUp = givenUp,
            };
        }
        finally
        {
            old.ForEach(static connection => connection.Dispose());
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
