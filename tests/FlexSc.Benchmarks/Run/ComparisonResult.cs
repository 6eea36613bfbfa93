using FlexSc.Benchmarks.Load;
using FlexSc.Benchmarks.Measure;

namespace FlexSc.Benchmarks.Run;

/// <summary>All that a comparison brought, nothing summed up yet.</summary>
internal sealed record ComparisonResult(
    IReadOnlyList<VariantState> Variants,
    IReadOnlyList<LoadShape> Shapes,
    IReadOnlyList<CellResult> Cells,
    IReadOnlyList<TrapResult> Traps);

/// <summary>How a variant fared.</summary>
/// <param name="Description">What its server said about backend and cores.</param>
/// <param name="Started">Whether its server listened at all.</param>
/// <param name="Unavailable">Why it did not start, or was given up; null when it ran to the end.</param>
/// <param name="StopFailure">What went wrong when it was told to end; null when nothing did.</param>
internal sealed record VariantState(string Name, string Description, bool Started, string? Unavailable, string? StopFailure);

/// <summary>Traps of one variant under one load.</summary>
internal sealed record TrapResult(string Variant, LoadShape Shape, TrapFigure Figure);
