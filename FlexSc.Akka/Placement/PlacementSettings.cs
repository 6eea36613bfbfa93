using System.Diagnostics.CodeAnalysis;
using Akka.Actor;
using Akka.Configuration;
using FlexSc.Akka.Placement.Policies;

namespace FlexSc.Akka.Placement;

/// <summary>The section <c>flexsc.placement</c>; see reference.conf for meaning and ranges.</summary>
public sealed record PlacementSettings
{
    private const string Path = "flexsc.placement";
    private const int MaxMilliseconds = 3_600_000;
    private const int MaxNanoseconds = 1_000_000;
    private const string NamedByApplication =
        "The application names the type, and has to keep it as any type that Akka.NET's configuration names.";

    /// <summary>Name or type of the policy.</summary>
    public string Policy { get; init; } = "adaptive";

    /// <summary>Milliseconds between two looks.</summary>
    public int IntervalMs { get; init; } = 100;

    /// <summary>Milliseconds after which a figure counts for a third in the averages.</summary>
    public int AveragingMs { get; init; } = 1_000;

    /// <summary>Milliseconds for which the largest demand is remembered.</summary>
    public int PeakWindowMs { get; init; } = 5_000;

    /// <summary>Decisions that are kept; the oldest go.</summary>
    public int LoggedDecisions { get; init; } = 64;

    /// <summary>How connections and actors move.</summary>
    public MoveLimits Moves { get; init; } = new();

    /// <summary>What calls cost on this machine.</summary>
    public PlacementCosts Costs { get; init; } = PlacementCosts.Default;

    /// <summary>The section, for a policy's own keys.</summary>
    internal Config Section { get; private init; } = FlexScConfig.Reference.GetConfig(Path);

    /// <summary>Reads the section from a system's configuration.</summary>
    /// <exception cref="ConfigurationException">A value is out of range; the text names the key.</exception>
    public static PlacementSettings Create(Config application)
    {
        ArgumentNullException.ThrowIfNull(application);
        Config config = FlexScConfig.Section(application, Path);
        return new PlacementSettings
        {
            Policy = config.GetString("policy"),
            IntervalMs = Read("interval-ms", 10, MaxMilliseconds),
            AveragingMs = Read("averaging-ms", 1, MaxMilliseconds),
            PeakWindowMs = Read("peak-window-ms", 0, MaxMilliseconds),
            LoggedDecisions = Read("logged-decisions", 1, 10_000),
            Moves = MoveLimits.Read(config),
            Costs = new PlacementCosts(Cost("batch-ns"), Cost("pollution-ns"), Cost("submit-ns"), Cost("transfer-ns")),
            Section = config,
        };

        int Read(string key, int min, int max) => FlexScConfig.Number(config, Path, key, min, max);
        int Cost(string key) => Read($"costs.{key}", 0, MaxNanoseconds);
    }

    /// <summary>Makes the policy of a name: inline, static, adaptive, or a type's.</summary>
    /// <exception cref="ConfigurationException">There is none of that name, or it cannot be made; the text says why.</exception>
    [UnconditionalSuppressMessage("Trimming", "IL2072", Justification = NamedByApplication)]
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = NamedByApplication)]
    public IPlacementPolicy CreatePolicy(string name)
    {
        switch (name)
        {
            case "inline":
                return new InlinePolicy();
            case "static":
                return new StaticPolicy(Section);
            case "adaptive":
                return new AdaptivePolicy(Section);
        }

        Type type = TypeOf(name);
        try
        {
            return (IPlacementPolicy)(type.GetConstructor([typeof(Config)]) is { } withConfig
                ? withConfig.Invoke([Section])
                : Activator.CreateInstance(type)!);
        }
        catch (Exception exception)
        {
            // Whatever it is: the type is anybody's, and so is what its constructors throw.
            throw new ConfigurationException($"{Path}.policy: {type} cannot be made: {exception.GetBaseException().Message}", exception);
        }
    }

    [UnconditionalSuppressMessage("Trimming", "IL2057", Justification = NamedByApplication)]
    private static Type TypeOf(string? name)
    {
        string what;
        try
        {
            Type? found = string.IsNullOrWhiteSpace(name) ? null : Type.GetType(name, throwOnError: false);
            if (found is not null && typeof(IPlacementPolicy).IsAssignableFrom(found))
            {
                return found;
            }

            what = found is not null ? $", which is a type that does not ({found})"
                : name?.Contains('.', StringComparison.Ordinal) != true ? ""
                : ": there is no such type; with its assembly it is found, as in \"Name.Space.Type, Assembly\"";
        }
        catch (Exception exception) when (exception is ArgumentException or IOException or BadImageFormatException or TypeLoadException)
        {
            what = $": {exception.Message}";
        }

        throw new ConfigurationException(
            $"{Path}.policy must be inline, static, adaptive, or a type that implements {nameof(IPlacementPolicy)}, not '{name}'{what}");
    }
}
