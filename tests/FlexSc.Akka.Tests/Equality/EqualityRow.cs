namespace FlexSc.Akka.Tests.Equality;

/// <summary>Whose TCP an unmodified program runs on.</summary>
public enum Side
{
    Stock,
    FlexSc,

    /// <summary>FlexSC where io_uring is barred.</summary>
    FlexScFallback,
}

/// <summary>One stimulus of a program that knows only Akka.IO, and what the program then sees.</summary>
/// <param name="Name">A short name, one for each row.</param>
/// <param name="Stimulus">What the program does, as the document says it.</param>
/// <param name="ObserveAsync">Does it and says what it saw; the text is the same each time.</param>
internal sealed record EqualityRow(string Name, string Stimulus, Func<EqualityBench, Task<string>> ObserveAsync)
{
    /// <summary>HOCON of both sides.</summary>
    public string Config { get; init; } = "";

    /// <summary>What FlexSC does on purpose where it differs, and why that is better. Null where both must be alike.</summary>
    public Difference? Better { get; init; }

    /// <summary>The name in <c>flexsc.tcp.compat</c> that has FlexSC do as Akka.IO does. Null where no program can rely on that.</summary>
    public string? Compat { get; init; }

    /// <summary>What is seen without that name, where the default has it; otherwise that is what <see cref="Better"/> says.</summary>
    public string? Documented { get; init; }

    /// <summary>What is seen where the connection is one of a Unix socket and not of TCP. Null where that is the same.</summary>
    public string? OverUnix { get; init; }

    public override string ToString() => Name;
}

/// <summary>A difference that is meant.</summary>
/// <param name="Seen">What is seen on FlexSC.</param>
/// <param name="Why">Why.</param>
internal sealed record Difference(string Seen, string Why);
