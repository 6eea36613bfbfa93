using FlexSc.LoadTests.Report;
using FlexSc.LoadTests.Scenarios.Model;
using HdrHistogram;

namespace FlexSc.LoadTests.Engines.BuiltIn;

/// <summary>Counts and latencies of iterations or of one step. Any thread may record.</summary>
internal sealed class Measurement(string name)
{
    /// <summary>Latencies beyond are counted as this: a step's own deadline comes long before.</summary>
    private const long MaxMicroseconds = 3_600_000_000;

    private const int SignificantDigits = 3;
    private const double MicrosecondsPerMs = 1000;

    private readonly Lock _guard = new();
    private readonly LongHistogram _latency = new(1, MaxMicroseconds, SignificantDigits);
    private readonly Dictionary<string, long> _okCodes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (long Count, string Example)> _failures = new(StringComparer.Ordinal);
    private long _ok;
    private long _failed;
    private long _bytes;

    public long OkCount
    {
        get
        {
            lock (_guard)
            {
                return _ok;
            }
        }
    }

    public void Record(StepResult result, TimeSpan latency)
    {
        lock (_guard)
        {
            if (!result.IsOk)
            {
                _failed++;
                (long count, string example) = _failures.GetValueOrDefault(result.StatusCode, (0, result.Message));
                _failures[result.StatusCode] = (count + 1, example);
                return;
            }

            _ok++;
            _okCodes[result.StatusCode] = _okCodes.GetValueOrDefault(result.StatusCode) + 1;
            _bytes += result.SizeBytes;
            _latency.RecordValue(Math.Clamp((long)latency.TotalMicroseconds, 1, MaxMicroseconds));
        }
    }

    public OperationFigures ToFigures(TimeSpan duration)
    {
        lock (_guard)
        {
            return new OperationFigures(name, _ok, _failed, _ok / duration.TotalSeconds, _bytes, Latency());
        }
    }

    public IReadOnlyList<FailureFigures> Failures()
    {
        lock (_guard)
        {
            return [.. _failures.Select(failure => new FailureFigures(name, failure.Key, failure.Value.Count, failure.Value.Example))];
        }
    }

    public IReadOnlyList<StatusFigures> StatusCodes()
    {
        lock (_guard)
        {
            return
            [
                .. _okCodes.Where(code => code.Key.Length > 0).Select(code => new StatusFigures(name, code.Key, true, code.Value)),
                .. _failures.Select(failure => new StatusFigures(name, failure.Key, false, failure.Value.Count)),
            ];
        }
    }

    /// <summary>What was recorded since the last call, and a fresh start.</summary>
    public (long Ok, long Failed, LatencyFigures? Latency) TakeInterval()
    {
        lock (_guard)
        {
            (long, long, LatencyFigures?) interval = (_ok, _failed, Latency());
            _ok = 0;
            _failed = 0;
            _latency.Reset();
            return interval;
        }
    }

    private LatencyFigures? Latency() => _ok == 0 ? null : new LatencyFigures(
        _latency.LowestEquivalentValue(_latency.GetValueAtPercentile(0)) / MicrosecondsPerMs,
        _latency.GetMean() / MicrosecondsPerMs,
        At(50), At(75), At(95), At(99), At(99.9),
        _latency.GetMaxValue() / MicrosecondsPerMs);

    private double At(double percentile) => _latency.GetValueAtPercentile(percentile) / MicrosecondsPerMs;
}
