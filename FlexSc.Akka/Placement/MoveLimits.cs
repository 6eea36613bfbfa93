using Akka.Configuration;

namespace FlexSc.Akka.Placement;

/// <summary>Bounds of what a plan has move: the section <c>flexsc.placement.moves</c>; see reference.conf for meaning and ranges.</summary>
public sealed record MoveLimits
{
    private const string Section = "flexsc.placement";
    private const int MaxMilliseconds = 3_600_000;

    /// <summary>Whether anything moves that nobody has asked for by name.</summary>
    public bool IsEnabled { get; init; } = true;

    /// <summary>Most that a loop has on their way at a time: actors with their connections, and connections alone.</summary>
    public int AtATime { get; init; } = 64;

    /// <summary>Most connections moved a second by the whole system.</summary>
    public int PerSecond { get; init; } = 1_000;

    /// <summary>How long what has moved stays where it is.</summary>
    public TimeSpan MinimumStay { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long what could not move is left alone.</summary>
    public TimeSpan Retry { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Reads them out of the section <c>flexsc.placement</c>.</summary>
    /// <exception cref="ConfigurationException">A value is out of range; the text names the key.</exception>
    internal static MoveLimits Read(Config config)
    {
        return new MoveLimits
        {
            IsEnabled = FlexScConfig.Switch(config, Section, "moves.enabled"),
            AtATime = Number("at-a-time", 1, 10_000),
            PerSecond = Number("per-second", 1, 1_000_000),
            MinimumStay = TimeSpan.FromMilliseconds(Number("minimum-stay-ms", 0, MaxMilliseconds)),
            Retry = TimeSpan.FromMilliseconds(Number("retry-ms", 0, MaxMilliseconds)),
        };

        int Number(string key, int min, int max) => FlexScConfig.Number(config, Section, $"moves.{key}", min, max);
    }
}
