using System.Globalization;

namespace FlexSc.LoadTests.Scenarios.Model;

/// <summary>The phases of a run, one after the other. Pure arithmetic: what the load has to be at which time.</summary>
internal sealed class LoadProfile
{
    private readonly LoadPhase[] _phases;

    /// <param name="phases">At least one, all of one model.</param>
    public LoadProfile(params LoadPhase[] phases)
    {
        if (phases.Length == 0 || phases.Any(phase => phase.Model != phases[0].Model))
        {
            throw new ArgumentException("a profile has phases, all closed or all open", nameof(phases));
        }

        if (phases.Any(phase => phase.Level < 0 || phase.During <= TimeSpan.Zero))
        {
            throw new ArgumentException("a phase has a level of at least 0 and lasts", nameof(phases));
        }

        _phases = phases;
        Duration = TimeSpan.FromTicks(phases.Sum(phase => phase.During.Ticks));
    }

    public IReadOnlyList<LoadPhase> Phases => _phases;

    public LoadModel Model => _phases[0].Model;

    public TimeSpan Duration { get; }

    /// <summary>The highest level of all phases.</summary>
    public int Peak => _phases.Max(phase => phase.Level);

    /// <summary>The same shape in another time and at another level.</summary>
    /// <param name="duration">The whole run's.</param>
    /// <param name="scale">Multiplies the levels; a level above 0 stays at least 1.</param>
    public LoadProfile Fit(TimeSpan duration, double scale) => new([.. _phases.Select(phase => phase with
    {
        During = phase.During * (duration / Duration),
        Level = phase.Level == 0 ? 0 : Math.Max(1, (int)Math.Round(phase.Level * scale)),
    })]);

    /// <summary>The level at a time since the start: 0 before the start and from the end on.</summary>
    public double LevelAt(TimeSpan elapsed)
    {
        if (elapsed < TimeSpan.Zero)
        {
            return 0;
        }

        double from = 0;
        TimeSpan start = TimeSpan.Zero;
        foreach (LoadPhase phase in _phases)
        {
            TimeSpan into = elapsed - start;
            if (into < phase.During)
            {
                return phase.IsRamp ? from + ((phase.Level - from) * (into / phase.During)) : phase.Level;
            }

            from = phase.Level;
            start += phase.During;
        }

        return 0;
    }

    /// <summary>Users at a time since the start of a closed profile.</summary>
    public int UsersAt(TimeSpan elapsed) => (int)Math.Ceiling(LevelAt(elapsed) - 1e-9);

    /// <summary>
    /// When each iteration of an open profile has to start, since the start of the run, in order. During a ramp the distance shrinks or
    /// grows with the rate: the k-th arrival comes when the area below the line of the rate has reached k.
    /// </summary>
    public IEnumerable<TimeSpan> Arrivals()
    {
        double from = 0;
        TimeSpan start = TimeSpan.Zero;
        double dueBefore = 0;
        long number = 0;
        foreach (LoadPhase phase in _phases)
        {
            double seconds = phase.During.TotalSeconds;
            double first = phase.IsRamp ? from : phase.Level;
            double due = dueBefore + ((first + phase.Level) / 2 * seconds);
            for (; number < due - 1e-9; number++)
            {
                yield return start + TimeSpan.FromSeconds(TimeOfArea(number - dueBefore, first, phase.Level, seconds));
            }

            dueBefore = due;
            from = phase.Level;
            start += phase.During;
        }
    }

    public override string ToString() => string.Join(", ", _phases.Select(phase => string.Create(
        CultureInfo.InvariantCulture,
        $"{(phase.IsRamp ? "to " : "")}{phase.Level}{(phase.Model == LoadModel.Closed ? " users" : "/s")} {(phase.IsRamp ? "over" : "for")} {phase.During.TotalSeconds:0.#} s")));

    /// <summary>The time at which the area below the line from <paramref name="first"/> to <paramref name="last"/> is <paramref name="area"/>.</summary>
    private static double TimeOfArea(double area, double first, double last, double seconds)
    {
        double slope = (last - first) / seconds;
        if (Math.Abs(slope) < 1e-9)
        {
            return first <= 0 ? 0 : area / first;
        }

        // first * t + slope / 2 * t^2 = area; the root that grows with the area.
        double root = Math.Sqrt(Math.Max(0, (first * first) + (2 * slope * area)));
        return Math.Clamp((root - first) / slope, 0, seconds);
    }
}
