using FlexSc.Akka.Placement;
using Xunit;

namespace FlexSc.Akka.Tests.Placement;

public sealed class MoveChoiceTests
{
    private const int Many = 1_000;

    private static readonly LoopStanding Open = new(LoopRole.Open, IsServing: true, Demand: 0.2, Connections: 10);
    private static readonly LoopStanding Closed = new(LoopRole.Closed, IsServing: true, Demand: 1, Connections: 100);
    private static readonly LoopStanding Parked = new(LoopRole.Parked, IsServing: true, Demand: 0.1, Connections: 40);

    [Fact]
    public void A_loop_that_is_not_needed_gives_all_to_the_open_ones_by_their_load()
    {
        MoveOrder order = Assert.Single(MoveChoice.Choose([Open, Open with { Connections = 30 }, Parked], Many, Many));
        Assert.Equal((2, true, 40), (order.From, order.IsAll, order.Targets.Count));
        Assert.Equal((30, 10), (order.Targets.Count(static target => target == 0), order.Targets.Count(static target => target == 1)));
    }

    [Fact]
    public void A_connection_counts_more_on_a_loop_that_has_less_time_left()
    {
        MoveOrder order = Assert.Single(MoveChoice.Choose([Open, Open with { Demand = 0.8 }, Parked], Many, Many));
        Assert.Equal(38, order.Targets.Count(static target => target == 0));
    }

    [Fact]
    public void A_loop_that_has_too_much_gives_half_of_what_it_has_beyond_the_others()
    {
        MoveOrder order = Assert.Single(MoveChoice.Choose([Closed, Open with { Demand = 0 }], Many, Many));
        Assert.Equal((0, false, 25), (order.From, order.IsAll, order.Targets.Count));
        Assert.All(order.Targets, static target => Assert.Equal(1, target));
    }

    [Fact]
    public void It_gives_nothing_to_those_who_have_as_much()
    {
        Assert.Empty(MoveChoice.Choose([Closed, Open with { Demand = 1 }], Many, Many));
        MoveOrder order = Assert.Single(MoveChoice.Choose([Closed, Open with { Demand = 0.9 }, Open], Many, Many));
        Assert.All(order.Targets, static target => Assert.Equal(2, target));
    }

    [Fact]
    public void A_loop_that_has_too_much_comes_before_those_that_are_only_to_sleep()
    {
        MoveOrder order = Assert.Single(MoveChoice.Choose([Parked, Parked, Closed, Open with { Demand = 0 }], Many, 4));
        Assert.Equal((2, 4), (order.From, order.Targets.Count));
    }

    [Fact]
    public void An_open_loop_keeps_what_it_has_however_the_others_are()
    {
        Assert.Empty(MoveChoice.Choose([Open with { Demand = 1, Connections = 500 }, Open with { Demand = 0, Connections = 0 }], Many, Many));
    }

    [Fact]
    public void Only_loops_that_serve_give_and_take()
    {
        Assert.Empty(MoveChoice.Choose([Open, Parked with { IsServing = false }], Many, Many));
        Assert.Empty(MoveChoice.Choose([Open with { IsServing = false }, Parked], Many, Many));
        MoveOrder order = Assert.Single(MoveChoice.Choose([Open with { IsServing = false, Connections = 0 }, Open, Parked], Many, Many));
        Assert.All(order.Targets, static target => Assert.Equal(1, target));
    }

    [Fact]
    public void What_is_on_its_way_is_not_asked_for_again_and_no_loop_before_it_is_due()
    {
        Assert.Equal(5, Assert.Single(MoveChoice.Choose([Open, Parked with { OnTheirWay = 35 }], Many, Many)).Targets.Count);
        Assert.Empty(MoveChoice.Choose([Open, Parked with { OnTheirWay = 40 }], Many, Many));
        Assert.Empty(MoveChoice.Choose([Open, Parked with { IsDue = false }], Many, Many));
        Assert.Empty(MoveChoice.Choose([Open, Parked with { Connections = 0 }], Many, Many));
    }

    [Fact]
    public void Bounds_are_kept()
    {
        Assert.Equal(7, Assert.Single(MoveChoice.Choose([Open, Parked], 7, Many)).Targets.Count);
        Assert.Equal(4, Assert.Single(MoveChoice.Choose([Open, Parked with { OnTheirWay = 3 }], 7, Many)).Targets.Count);
        Assert.Empty(MoveChoice.Choose([Open, Parked], Many, 0));
        IReadOnlyList<MoveOrder> orders = MoveChoice.Choose([Open, Parked, Parked, Parked], Many, 50);
        Assert.Equal([40, 10], orders.Select(static order => order.Targets.Count));
    }

    [Fact]
    public void What_was_given_counts_before_it_shows()
    {
        // Two loops that give away at once see what the other has given.
        IReadOnlyList<MoveOrder> orders = MoveChoice.Choose([Open, Open, Parked, Parked], Many, Many);
        int[] given = [.. orders.SelectMany(static order => order.Targets)];
        Assert.Equal(80, given.Length);
        Assert.Equal(40, given.Count(static target => target == 0));
    }
}
