using FlexSc.Akka.Placement;

namespace FlexSc.PlacementModel.Model;

/// <summary>The actor of its own: it lives on loop 0, computes or blocks, and may be evicted.</summary>
internal sealed class ActorModel(double slowRunMicroseconds)
{
    public const string Path = "akka://model/user/own";

    /// <summary>The loop it lives on.</summary>
    public const int Loop = 0;

    private double _longest;
    private int _slowRuns;
    private double _lastSlowRun;
    private double? _runsSince;

    /// <summary>Messages that wait on the thread pool.</summary>
    public int Waiting { get; set; }

    public bool IsEvicted { get; set; }

    /// <summary>It runs on the thread pool.</summary>
    public bool IsRunningElsewhere { get; set; }

    public int Handled { get; set; }

    public void Begin(double now) => _runsSince = now;

    public void End(double now)
    {
        Note(now - (_runsSince ?? now), now);
        _runsSince = null;
        Handled++;
    }

    /// <summary>What a sample says of it; nothing when it never was slow.</summary>
    public IReadOnlyList<ActorLoad> TakeLoads(double now)
    {
        double longest = Math.Max(_longest, now - (_runsSince ?? now));
        ActorLoad[] loads = IsEvicted || longest > slowRunMicroseconds
            ? [new ActorLoad(Path, Loop, longest / 1000, _slowRuns, false, IsEvicted ? TimeSpan.FromMicroseconds(now - _lastSlowRun) : null)]
            : [];
        _longest = 0;
        _slowRuns = 0;
        return loads;
    }

    private void Note(double length, double now)
    {
        _longest = Math.Max(_longest, length);
        if (length > slowRunMicroseconds)
        {
            _slowRuns++;
            _lastSlowRun = now;
        }
    }
}
