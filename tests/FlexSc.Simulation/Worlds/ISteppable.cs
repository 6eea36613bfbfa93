namespace FlexSc.Simulation.Worlds;

/// <summary>Something of a world that goes on step by step: a loop, the mailboxes of an actor system, its scheduler.</summary>
internal interface ISteppable
{
    /// <summary>A step would do something.</summary>
    bool IsDue { get; }

    /// <summary>When it is due by itself; <see cref="long.MaxValue"/> for never.</summary>
    long DeadlineNs { get; }

    void Step();
}
