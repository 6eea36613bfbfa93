using FlexSc.Benchmarks.ColdStart;
using FlexSc.Measuring.Load;
using Xunit;

namespace FlexSc.Benchmarks.Tests;

public sealed class ColdStartTests
{
    private const string Variant = "as-built";

    private static readonly ColdStartOptions Options = new(
        Quick: false, Launches: 2, EarlySeconds: 5, LateAfterSeconds: 60, LateSeconds: 10, OfferedPerSecond: 20_000, Connections: 128, Bar: 1.3, KeepsCoresAwake: true,
        Variants: [Variant], Cores: "all of the server on core 0");

    [Theory]
    [InlineData(1000, 1000, "met")]
    [InlineData(1000, 1700, "missed, not in every launch")]
    [InlineData(1000, 1590, "met, not in every launch")]
    [InlineData(4000, 1400, "missed")]
    public void A_variant_is_judged_by_the_median_of_its_launches(double firstEarlyUs, double secondEarlyUs, string verdict)
    {
        ColdStartReport report = Report(Launch(1, firstEarlyUs, lateUs: 1000), Launch(2, secondEarlyUs, lateUs: 1000));
        Assert.Equal(verdict, report.VerdictOf(Variant));
        Assert.True(report.IsWhole);
        Assert.Equal(2, report.ToTables().Count(table => table.Rows.Single()[0] == Variant));
    }

    [Fact]
    public void One_bad_second_makes_neither_of_the_medians_and_is_told()
    {
        ColdStartLaunch launch = Launch(1, earlyUs: 1000, lateUs: 1000, worstUs: 9000);
        Assert.Equal((1000, 1000, 9000), (launch.EarlyP99Us(Options), launch.LateP99Us(Options), launch.WorstP99Us(Options)));
    }

    [Fact]
    public void A_variant_without_a_launch_has_no_verdict()
    {
        ColdStartReport report = Report();
        Assert.Null(report.VerdictOf(Variant));
        Assert.False(report.IsWhole);
    }

    [Fact]
    public void Every_variant_is_in_every_place_once_in_as_many_launches_as_there_are()
    {
        IReadOnlyList<ColdStartVariant> all = ColdStartVariant.All;
        IReadOnlyList<ColdStartVariant>[] orders = [.. Enumerable.Range(1, all.Count).Select(launch => ColdStartVariant.InTurn(all, launch))];
        Assert.All(Enumerable.Range(0, all.Count), place => Assert.Equal(all.Count, orders.Select(order => order[place]).Distinct().Count()));
    }

    private static ColdStartReport Report(params ColdStartLaunch[] launches) => new(
        DateTime.UnixEpoch, Sample.Machine, Options, launches, []);

    private static ColdStartLaunch Launch(int launch, double earlyUs, double lateUs, double? worstUs = null)
    {
        // What lies between the two does not count.
        LoadInterval[] seconds =
        [
            .. Enumerable.Range(1, Options.LoadSeconds).Select(second => new LoadInterval(
                Options.OfferedPerSecond, 100, second == 2 && worstUs is { } worst ? worst : second <= 5 ? earlyUs : second <= 60 ? 50_000 : lateUs, 100_000)),
        ];
        return new ColdStartLaunch(Variant, launch, 700, seconds, 20, 10, 80, "a server");
    }
}
