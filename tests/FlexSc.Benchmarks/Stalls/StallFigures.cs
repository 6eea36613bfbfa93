namespace FlexSc.Benchmarks.Stalls;

/// <summary>One round of one case.</summary>
/// <param name="BeforeUs">p99 of the neighbours before anything stalls.</param>
/// <param name="ControlUs">The same once more: how far it is from before is chance.</param>
/// <param name="WorstUs">p99 in the worst span while the loop is held up at first, until the actor was evicted or the loop given up.</param>
/// <param name="AfterUs">p99 afterwards, while the actor goes on to block or compute: by neighbours on new connections.</param>
/// <param name="UntilMs">From the first stall to the eviction, or until the loop was given up.</param>
internal sealed record StallFigures(
    string Case, int Round, double BeforeUs, double ControlUs, double WorstUs, double AfterUs, double UntilMs)
{
    /// <summary>Messages that had held up the loop when the actor was evicted; null where none is.</summary>
    public int? Stalls { get; init; }

    /// <summary>Messages that the actor has begun with while the load after was measured: it has not just stopped.</summary>
    public int? StallsAfter { get; init; }

    /// <summary>What came of a loop that was given up; null where none was.</summary>
    public GivenUpFigures? GivenUp { get; init; }
}

/// <summary>What came of a loop that was given up.</summary>
/// <param name="OldAsked">Connections that were open before, one request on each.</param>
/// <param name="OldAnswered">Those of them that answered: the others' loop is gone, and with it they.</param>
/// <param name="EarlyTried">New connections while the loop was held up and not yet given up.</param>
/// <param name="EarlyAnswered">Those of them that were answered.</param>
/// <param name="EarlyLongestMs">The longest time that one of these took.</param>
/// <param name="NewTried">New connections afterwards.</param>
/// <param name="NewAnswered">Those of them that were answered.</param>
/// <param name="Actors">New actors afterwards, each asked once.</param>
/// <param name="HealthBefore">Status of the health check before.</param>
/// <param name="Health">What it says afterwards.</param>
internal sealed record GivenUpFigures(
    int OldAsked,
    int OldAnswered,
    int EarlyTried,
    int EarlyAnswered,
    double EarlyLongestMs,
    int NewTried,
    int NewAnswered,
    NewActors Actors,
    string HealthBefore,
    StallHealth Health)
{
    public const string Unhealthy = "Unhealthy";
    public const string Healthy = "Healthy";

    /// <summary>Whether all that came afterwards was served, and health says what is the matter.</summary>
    public bool IsServed => NewAnswered == NewTried && Actors.Answered == Actors.Asked && HealthBefore == Healthy && Health.Status == Unhealthy;
}
