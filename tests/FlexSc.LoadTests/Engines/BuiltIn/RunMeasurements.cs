using System.Collections.Concurrent;
using System.Diagnostics;
using FlexSc.LoadTests.Report;
using FlexSc.LoadTests.Scenarios.Model;

namespace FlexSc.LoadTests.Engines.BuiltIn;

/// <summary>Everything one run measures. Any thread may record.</summary>
internal sealed class RunMeasurements : IStepRunner
{
    private const string PacingName = "pacing-lag";
    private const string GeneratorName = "generator-lag";
    private readonly ConcurrentDictionary<string, Measurement> _steps = new(StringComparer.Ordinal);
    private readonly Measurement _total = new(OperationFigures.Iteration);
    private readonly Measurement _interval = new(OperationFigures.Iteration);
    private readonly Measurement _pacing = new(PacingName);
    private readonly Measurement _generator = new(GeneratorName);
    private readonly List<CourseFigures> _course = [];
    private int _inFlight;

    /// <summary>Iterations under way.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    public async ValueTask<StepResult> RunAsync<TState>(string name, TState state, Func<TState, ValueTask<StepResult>> step)
    {
        long start = Stopwatch.GetTimestamp();
        StepResult result = await Guarded.RunAsync(state, step).ConfigureAwait(false);
        _steps.GetOrAdd(name, static key => new Measurement(key)).Record(result, Stopwatch.GetElapsedTime(start));
        return result;
    }

    /// <summary>Runs an iteration and counts its time from <paramref name="due"/>, the timestamp at which it should have started.</summary>
    public async Task IterateAsync(IWorkload workload, long due)
    {
        Interlocked.Increment(ref _inFlight);
        try
        {
            StepResult result = await Guarded.RunAsync((workload, steps: this), static state => state.workload.RunAsync(state.steps)).ConfigureAwait(false);
            Record(result, Stopwatch.GetElapsedTime(due));
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
        }
    }

    public void RecordNotStarted(string reason) => Record(StepResult.Fail("not-started", reason), TimeSpan.Zero);

    /// <param name="lag">How late an iteration starts.</param>
    /// <param name="generatorLag">What of it is the generator's own doing.</param>
    public void RecordPacing(TimeSpan lag, TimeSpan generatorLag)
    {
        _pacing.Record(StepResult.Ok("", 0), lag);
        _generator.Record(StepResult.Ok("", 0), generatorLag);
    }

    /// <summary>Closes an interval of the run's course.</summary>
    public CourseFigures CloseInterval(TimeSpan elapsed, TimeSpan length)
    {
        (long ok, long failed, LatencyFigures? latency) = _interval.TakeInterval();
        CourseFigures figures = new(elapsed.TotalSeconds, ok / length.TotalSeconds, failed, latency?.P99Ms, InFlight);
        _course.Add(figures);
        return figures;
    }

    public EngineFigures ToFigures(TimeSpan duration)
    {
        Measurement[] steps = [.. _steps.OrderBy(step => step.Key, StringComparer.Ordinal).Select(step => step.Value)];
        return new EngineFigures(
            _total.ToFigures(duration),
            [.. steps.Select(step => step.ToFigures(duration))],
            [.. _total.Failures(), .. steps.SelectMany(step => step.Failures())],
            [.. _total.StatusCodes(), .. steps.SelectMany(step => step.StatusCodes())],
            [.. _course],
            _pacing.ToFigures(duration).Latency,
            _generator.ToFigures(duration).Latency);
    }

    private void Record(StepResult result, TimeSpan latency)
    {
        _total.Record(result, latency);
        _interval.Record(result, latency);
    }
}
