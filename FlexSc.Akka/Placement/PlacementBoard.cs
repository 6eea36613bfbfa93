namespace FlexSc.Akka.Placement;

/// <summary>
/// What placement found at its latest look, for those who look from other threads and must not wait for its actor, which may be held up
/// with all others.
/// </summary>
internal sealed class PlacementBoard
{
    private volatile PlacementMoment? _latest;

    /// <summary>Null before the first look.</summary>
    public PlacementMoment? Latest
    {
        get => _latest;
        set => _latest = value;
    }
}

/// <summary>How things were at a look.</summary>
/// <param name="Time">Since placement began, as <see cref="PlacementDecision.Time"/>.</param>
/// <param name="State">What was found.</param>
internal sealed record PlacementMoment(TimeSpan Time, FlexPlacement.State State);
