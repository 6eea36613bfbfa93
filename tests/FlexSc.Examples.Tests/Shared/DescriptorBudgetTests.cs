using FlexSc.Examples.Shared;
using Xunit;

namespace FlexSc.Examples.Tests.Shared;

public sealed class DescriptorBudgetTests
{
    [Fact]
    public void No_more_than_the_limit_are_taken()
    {
        DescriptorBudget budget = new(limit: 2);
        Assert.True(budget.TryTake());
        Assert.True(budget.TryTake());
        Assert.False(budget.TryTake());
        Assert.Equal(2, budget.Taken);

        budget.Return();
        Assert.True(budget.TryTake());
    }

    [Theory]
    [InlineData(null, 90, null)]
    [InlineData(50, 50, null)]
    [InlineData(90, 90, null)]
    [InlineData(91, 90, "ulimit -n by 1 or more")]
    [InlineData(int.MaxValue, 90, "ulimit -n")]
    public void Connections_are_as_many_as_asked_for_or_allowed(int? asked, int admitted, string? told)
    {
        Assert.Equal(admitted, new DescriptorBudget(limit: 100).ConnectionsFor(asked, most: 1_000, keptDescriptors: 10, "--max-connections", out string? message));
        Assert.Equal(told is null, message is null);
        Assert.Contains(told ?? "", message ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void Where_nothing_is_asked_for_there_is_a_most() =>
        Assert.Equal(10, new DescriptorBudget(limit: 100).ConnectionsFor(null, most: 10, keptDescriptors: 0, "--max-connections", out _));

    [Fact]
    public void The_process_keeps_a_reserve()
    {
        DescriptorBudget budget = new();
        budget.MeasureProcess();
        Assert.InRange(budget.Limit, DescriptorBudget.LeastConnections, DescriptorLimit.Maximum - DescriptorBudget.ReserveDescriptors);
        Assert.InRange(DescriptorLimit.CountOpen(), 3, DescriptorLimit.Maximum);
    }
}
