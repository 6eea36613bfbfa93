namespace FlexSc.Akka.Loops;

/// <summary>
/// On the actor system's event stream: a loop's work has not come back for <c>flexsc.loops.give-up-ms</c>. New connections and actors go to
/// other loops, listeners that accept on it take their addresses again on another one, and its other actors run there. Connections and
/// files that live on it wait. Until <see cref="LoopCameBack"/>.
/// </summary>
/// <param name="Loop">Number of the loop.</param>
/// <param name="Running">Path of the actor that holds it up, or the name of other work.</param>
/// <param name="Reason">What its thread does, for people.</param>
/// <param name="Since">When the turn was seen first that does not end; it began at most half of the time before which a loop is given up.</param>
public sealed record LoopGivenUp(int Loop, string Running, string Reason, DateTimeOffset Since);

/// <summary>On the actor system's event stream: a loop that was given up goes on, and gets new connections and actors again.</summary>
/// <param name="Loop">Number of the loop.</param>
/// <param name="Running">What had held it up, as in <see cref="LoopGivenUp"/>.</param>
/// <param name="After">How long it was held up.</param>
public sealed record LoopCameBack(int Loop, string Running, TimeSpan After);
