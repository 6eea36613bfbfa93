namespace FlexSc.Akka.Loops;

/// <summary>
/// How well a loop is placed to be given something new, a connection or an actor: the first of those that one of the group's loops has is
/// taken.
/// </summary>
internal enum LoopRank
{
    /// <summary>It serves, and placement lets new work come to it.</summary>
    TakesNew,

    /// <summary>It serves, and placement has closed it.</summary>
    Closed,

    /// <summary>A turn of its goes on for longer than <c>flexsc.loops.stall-warning-ms</c>.</summary>
    HeldUp,

    /// <summary>Its work has not come back for <c>flexsc.loops.give-up-ms</c>.</summary>
    GivenUp,

    /// <summary>An error has ended it.</summary>
    Failed,
}
