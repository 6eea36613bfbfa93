namespace FlexSc.Measuring.Counters;

/// <summary>Kernel entries of the server per request, and who counted them.</summary>
/// <param name="PerRequest">Null when nobody could; the source then holds the reason.</param>
/// <param name="Source">The counter, or the reason why there is none.</param>
internal sealed record TrapFigure(double? PerRequest, string Source)
{
    public static TrapFigure Missing(string reason) => new(null, reason);
}
