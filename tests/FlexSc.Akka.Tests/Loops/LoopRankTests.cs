using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.Loops;

/// <summary>Which loop a new actor gets, where not all are as well placed.</summary>
public sealed class LoopRankTests
{
    private static readonly LoopRank[] Ranks = Enum.GetValues<LoopRank>();

    [Fact]
    public void A_better_rank_comes_before_fewer_actors()
    {
        for (int better = 0; better < Ranks.Length; better++)
        {
            for (int worse = better + 1; worse < Ranks.Length; worse++)
            {
                LoopPopulation population = new(2);
                LoopRank[] ranks = [Ranks[worse], Ranks[better]];
                for (int actors = 0; actors < 5; actors++)
                {
                    int chosen = population.Fewest(loop => ranks[loop]);
                    Assert.Equal(1, chosen);
                    population.Add(chosen);
                }
            }
        }
    }

    [Fact]
    public void Of_equal_rank_the_one_with_fewer_actors_is_taken_and_of_equally_many_each_in_turn()
    {
        foreach (LoopRank rank in Ranks)
        {
            LoopPopulation population = new(3);
            HashSet<int> first = [.. Enumerable.Range(0, 3).Select(_ => population.Fewest(_ => rank))];
            Assert.Equal([0, 1, 2], first.Order());
            population.Add(0);
            population.Add(2);
            Assert.All(Enumerable.Range(0, 3), _ => Assert.Equal(1, population.Fewest(_ => rank)));
        }
    }
}
