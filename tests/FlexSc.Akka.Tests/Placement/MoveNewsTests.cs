using FlexSc.Akka.Placement;
using Xunit;

namespace FlexSc.Akka.Tests.Placement;

public sealed class MoveNewsTests
{
    [Fact]
    public void What_has_moved_is_summed_up_once_a_second_or_when_it_is_all()
    {
        MoveNews news = new();
        Assert.Null(news.Take(TimeSpan.Zero, isAll: true));
        news.Add(new Departed(1, 0, 1, 2, null, new object()));
        news.Add(new Departed(1, 0, 1, 1, null, new object()));
        Assert.Null(news.Take(TimeSpan.Zero, isAll: false));
        news.Add(new Departed(1, 0, 0, 1, null, new object()));
        news.Add(new Departed(2, 0, 0, 1, null, new object()));
        Assert.Equal(
            "2 actors with 3 connections and 1 connection of other actors moved from loop 1 to 0; 1 connection moved from loop 2 to 0", news.Take(TimeSpan.FromSeconds(1), isAll: false));
        Assert.Null(news.Take(TimeSpan.Zero, isAll: true));
        news.Add(new Departed(1, 0, 1, 1, null, new object()));
        Assert.Equal("1 actor with 1 connection moved from loop 1 to 0", news.Take(TimeSpan.Zero, isAll: true));
    }

    [Fact]
    public void What_stays_is_told_once_for_each_reason_until_its_loop_is_open_again()
    {
        MoveNews news = new();
        news.Add(new Departed(1, null, 0, 3, "it rests never", new object()));
        news.Add(new Departed(1, null, 1, 2, "it rests never", new object()));
        Assert.Equal("5 connections stayed on loop 1: it rests never", news.Take(TimeSpan.Zero, isAll: true));
        news.Add(new Departed(1, null, 0, 3, "it rests never", new object()));
        Assert.Null(news.Take(TimeSpan.Zero, isAll: true));
        news.Add(new Departed(1, null, 0, 1, "it is secured", new object()));
        Assert.Equal("1 connection stayed on loop 1: it is secured", news.Take(TimeSpan.Zero, isAll: true));
        news.Forget(1);
        object who = new();
        news.Add(new Departed(1, null, 1, 2, "it is tried again", who));
        news.Add(new Departed(1, null, 1, 1, "it is tried again", who));
        Assert.Equal("1 connection stayed on loop 1: it is tried again", news.Take(TimeSpan.Zero, isAll: true));
        news.Add(new Departed(1, null, 0, 3, "it rests never", new object()));
        Assert.Equal("3 connections stayed on loop 1: it rests never", news.Take(TimeSpan.Zero, isAll: true));
    }
}
