using FlexSc.Examples.Shared;
using Xunit;

namespace FlexSc.Examples.Tests.Shared;

public sealed class EpisodeTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task What_happens_a_thousand_times_is_told_twice()
    {
        int begun = 0;
        TaskCompletionSource<long> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using Episode episode = new(quietMs: 200, () => begun++, (times, _) => ended.SetResult(times));
        for (int time = 0; time < 1_000; time++)
        {
            episode.Happened();
        }

        Assert.Equal(1_000, await ended.Task.WaitAsync(Deadline));
        Assert.Equal(1, begun);
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
