using System.Globalization;

namespace FlexSc.Measuring.Counters;

/// <summary>Clock ticks of 10 ms of one core since the machine started, from /proc/stat.</summary>
/// <param name="Total">All of them.</param>
/// <param name="Idle">Idle, waiting for a disk included.</param>
/// <param name="Steal">Taken by the host of a virtual machine.</param>
internal sealed record CoreSample(long Total, long Idle, long Steal)
{
    private const int IdleField = 3;
    private const int WaitField = 4;
    private const int StealField = 7;

    // Guest time, the two fields after it, is already part of user time.
    private const int FieldCount = 8;

    public static CoreSample Of(int core)
    {
        string name = $"cpu{core} ";
        string line = File.ReadLines("/proc/stat").First(text => text.StartsWith(name, StringComparison.Ordinal));
        long[] ticks = [.. line[name.Length..].Split(' ').Take(FieldCount).Select(text => long.Parse(text, CultureInfo.InvariantCulture))];
        return new CoreSample(ticks.Sum(), ticks[IdleField] + ticks[WaitField], ticks[StealField]);
    }
}
