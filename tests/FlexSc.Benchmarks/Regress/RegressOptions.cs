namespace FlexSc.Benchmarks.Regress;

/// <summary>How long and how often.</summary>
/// <param name="Launches">Times that all servers are started anew: processes of one program differ, and rounds within them do not show
/// it.</param>
/// <param name="Rounds">Rounds of each cell in a launch, the sides in turn in each.</param>
/// <param name="Seconds">Measured window.</param>
/// <param name="FirstWarmUpSeconds">Load on each server when it has started.</param>
/// <param name="WarmUpSeconds">Load on each server before the rounds of a cell.</param>
/// <param name="MarginPercent">Difference that does not count.</param>
/// <param name="Cells">Names of the cells.</param>
internal sealed record RegressOptions(
    int Launches, int Rounds, double Seconds, double FirstWarmUpSeconds, double WarmUpSeconds, double MarginPercent,
    IReadOnlyList<string> Cells)
{
    public bool Includes(RegressCell cell) => Cells.Contains(cell.Name);
}
