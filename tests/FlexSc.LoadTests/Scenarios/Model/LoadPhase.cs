namespace FlexSc.LoadTests.Scenarios.Model;

/// <summary>Who sets the pace during a phase.</summary>
internal enum LoadModel
{
    /// <summary>A number of users, each of whom waits for an answer before the next request: a slow server is asked less.</summary>
    Closed,

    /// <summary>A rate of arrivals, whatever the server does: a slow server gathers a queue, and the latency shows it.</summary>
    Open,
}

/// <summary>A part of a load profile: a level that is held, or reached in a straight line from the level before.</summary>
/// <param name="Model">Whether <paramref name="Level"/> is users or iterations per second.</param>
/// <param name="Level">Users at a time, or iterations per second, at the end of the phase; at least 0.</param>
/// <param name="IsRamp">Whether the level is reached at the end only.</param>
/// <param name="During">How long; more than 0.</param>
internal sealed record LoadPhase(LoadModel Model, int Level, bool IsRamp, TimeSpan During)
{
    public static LoadPhase HoldUsers(int users, TimeSpan during) => new(LoadModel.Closed, users, false, during);

    public static LoadPhase RampUsers(int users, TimeSpan during) => new(LoadModel.Closed, users, true, during);

    public static LoadPhase HoldRate(int perSecond, TimeSpan during) => new(LoadModel.Open, perSecond, false, during);

    public static LoadPhase RampRate(int perSecond, TimeSpan during) => new(LoadModel.Open, perSecond, true, during);
}
