using FlexSc.LoadTests.Report;
using FlexSc.LoadTests.Scenarios.Model;
using Xunit;

namespace FlexSc.LoadTests.Tests;

public sealed class LoadThresholdTests
{
    private static readonly OperationFigures Total = Figures(OperationFigures.Iteration, ok: 990, fail: 10);

    [Theory]
    [InlineData(nameof(ThresholdFigure.FailedPercent), 1.0, true)]
    [InlineData(nameof(ThresholdFigure.FailedPercent), 0.99, false)]
    [InlineData(nameof(ThresholdFigure.P50Ms), 2, true)]
    [InlineData(nameof(ThresholdFigure.P50Ms), 1.9, false)]
    [InlineData(nameof(ThresholdFigure.P95Ms), 4, true)]
    [InlineData(nameof(ThresholdFigure.P95Ms), 3.9, false)]
    [InlineData(nameof(ThresholdFigure.P99Ms), 5, true)]
    [InlineData(nameof(ThresholdFigure.P99Ms), 4.9, false)]
    [InlineData(nameof(ThresholdFigure.OkCount), 990, true)]
    [InlineData(nameof(ThresholdFigure.OkCount), 991, false)]
    [InlineData(nameof(ThresholdFigure.OkPerSecond), 99, true)]
    [InlineData(nameof(ThresholdFigure.OkPerSecond), 99.1, false)]
    public void A_bound_holds_up_to_itself(string figure, double bound, bool holds)
    {
        LoadThreshold threshold = new(Enum.Parse<ThresholdFigure>(figure), bound);

        Assert.Equal(holds, threshold.Judge(Total, []).Holds);
    }

    [Theory]
    [InlineData(nameof(ThresholdFigure.FailedPercent))]
    [InlineData(nameof(ThresholdFigure.P50Ms))]
    [InlineData(nameof(ThresholdFigure.P99Ms))]
    public void Silence_breaks_an_upper_bound(string figure)
    {
        OperationFigures nothing = new(OperationFigures.Iteration, 0, 0, 0, 0, null);

        ThresholdVerdict verdict = new LoadThreshold(Enum.Parse<ThresholdFigure>(figure), 1000).Judge(nothing, []);

        Assert.False(verdict.Holds);
        Assert.Null(verdict.Measured);
    }

    [Fact]
    public void A_step_is_judged_by_its_own_figures_and_one_that_never_ran_breaks_its_bound()
    {
        OperationFigures step = Figures("get", ok: 5, fail: 0);

        Assert.True(new LoadThreshold(ThresholdFigure.OkCount, 5, "get").Judge(Total, [step]).Holds);
        Assert.False(new LoadThreshold(ThresholdFigure.OkCount, 6, "get").Judge(Total, [step]).Holds);
        Assert.False(new LoadThreshold(ThresholdFigure.FailedPercent, 100, "set").Judge(Total, [step]).Holds);
    }

    private static OperationFigures Figures(string name, long ok, long fail) =>
        new(name, ok, fail, ok / 10.0, 0, new LatencyFigures(1, 2.5, 2, 3, 4, 5, 6, 7));
}
