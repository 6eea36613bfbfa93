using FlexSc.Akka.IO;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>Who waits for the last connection is told by it, not by a clock.</summary>
public sealed class AcceptedConnectionsTests
{
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    [Fact]
    public async Task The_last_one_that_closes_ends_the_wait()
    {
        AcceptedConnections connections = new();
        connections.OnOpened();
        connections.OnOpened();
        StoppedClock clock = new();
        Task<bool>[] waits = [connections.WhenNoneAsync(Long, clock), connections.WhenNoneAsync(TimeSpan.MaxValue, clock)];
        connections.OnClosed();
        Assert.All(waits, static wait => Assert.False(wait.IsCompleted));
        connections.OnClosed();
        Assert.All(await Task.WhenAll(waits).WaitAsync(TcpFixture.Deadline), Assert.True);
        Assert.Equal(0, connections.Open);
    }

    [Fact]
    public async Task Where_there_is_none_nothing_is_waited_for()
    {
        AcceptedConnections connections = new();
        Assert.True(await connections.WhenNoneAsync(Long, new StoppedClock()).WaitAsync(TcpFixture.Deadline));
        connections.OnOpened();
        Assert.False(await connections.WhenNoneAsync(TimeSpan.Zero, TimeProvider.System).WaitAsync(TcpFixture.Deadline));
        Assert.Equal(1, connections.Open);
    }

    /// <summary>Its timers are never due.</summary>
    private sealed class StoppedClock : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new Timer();

        private sealed class Timer : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
