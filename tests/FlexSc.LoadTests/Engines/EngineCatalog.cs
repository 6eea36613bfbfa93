using FlexSc.LoadTests.Engines.BuiltIn;
using FlexSc.Measuring;

namespace FlexSc.LoadTests.Engines;

/// <summary>The engines by name.</summary>
internal static class EngineCatalog
{
    public const string BuiltIn = "built-in";
    public const string NBomber = "nbomber";

    public static IReadOnlyList<string> Names { get; } = [BuiltIn, NBomber];

    /// <exception cref="MeasurementException">This build does not have it.</exception>
    public static ILoadEngine Create(string name) => name switch
    {
        BuiltIn => new BuiltInEngine(),
#if USE_NBOMBER
        NBomber => new NBomberEngine(),
#else
        NBomber => throw new MeasurementException(
            "this build has no NBomber: build with -p:UseNBomber=true (the package NBomber 6.1.0 is then restored; its licence is free for personal use only)"),
#endif
        _ => throw new MeasurementException($"there is no engine '{name}', only {string.Join(" and ", Names)}"),
    };
}
