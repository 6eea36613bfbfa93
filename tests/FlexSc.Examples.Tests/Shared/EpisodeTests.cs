using FlexSc.Examples.Shared;
using Xunit;

namespace FlexSc.Examples.Tests.Shared;

public sealed class EpisodeTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task What_happens_a_thousand_times_is_told_twice()
    {
        const int times = 1_000;
        int begun = 0;
        int endings = 0;
        long told = 0;
        TaskCompletionSource allTold = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using Episode episode = new(
            quietMs: 500,
            () => Interlocked.Increment(ref begun),
            (count, _) =>
            {
                Interlocked.Increment(ref endings);
                if (Interlocked.Add(ref told, count) == times)
                {
                    allTold.SetResult();
                }
            });
        for (int time = 0; time < times; time++)
        {
            episode.Happened();
        }

        // One episode, and another for each half second that this thread was held up for.
        await allTold.Task.WaitAsync(Deadline);
        Assert.Equal(begun, endings);
        Assert.InRange(begun, 1, times / 100);
    }

    [Fact]
    public async Task After_the_end_it_begins_anew()
    {
        int begun = 0;
        TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using Episode episode = new(quietMs: 20, () => begun++, (_, _) => ended.TrySetResult());
        episode.Happened();
        await ended.Task.WaitAsync(Deadline);
        episode.Happened();

        Assert.Equal(2, begun);
    }

    [Fact]
    public void One_that_lasts_ends_with_its_owner()
    {
        long told = 0;
        Episode episode = new(quietMs: int.MaxValue, () => { }, (times, _) => told += times);
        episode.Happened();
        episode.Happened();
        episode.Dispose();
        episode.Happened();
        episode.Dispose();

        Assert.Equal(2, told);
    }
}
