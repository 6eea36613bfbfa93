using FlexSc.Akka.IO;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>Which writes are sent where they are told, and which are gathered.</summary>
public sealed class WriteBurstsTests
{
    private readonly SteppedClock _clock = new();
    private readonly WriteBursts _bursts;
    private int _receptions;

    public WriteBurstsTests() => _bursts = new WriteBursts(_clock);

    [Fact]
    public void Single_writes_are_sent_where_they_are_told()
    {
        for (int i = 0; i < 1000; i++)
        {
            Assert.True(Send(afterMicroseconds: 6));
        }
    }

    [Fact]
    public void An_answer_of_a_few_writes_is_no_burst()
    {
        for (int i = 0; i < 1000; i++)
        {
            Assert.True(Send(afterMicroseconds: 20));
            Assert.True(Send(afterMicroseconds: 1));
            Assert.True(Send(afterMicroseconds: 1));
        }
    }

    [Fact]
    public void An_answer_is_no_burst_however_soon_it_follows_the_one_before()
    {
        // A thread that woke the peer by its send lost its core to it, and goes on when the next request is there.
        for (int i = 0; i < 1000; i++)
        {
            _receptions++;
            Assert.True(Send(afterMicroseconds: 1));
        }
    }

    [Fact]
    public void Many_writes_for_one_reception_are_a_burst()
    {
        int sent = 0;
        for (int reception = 0; reception < 10_000; reception++)
        {
            _receptions++;
            for (int write = 0; write < 16; write++)
            {
                sent += Send(afterMicroseconds: 1) ? 1 : 0;
            }
        }

        Assert.InRange(sent, 1, 1000);
    }

    [Fact]
    public void Bursts_are_gathered_and_ever_fewer_of_their_writes_are_tried()
    {
        int sent = 0;
        for (int burst = 0; burst < 10_000; burst++)
        {
            for (int write = 0; write < 16; write++)
            {
                sent += Send(afterMicroseconds: write == 0 ? 20 : 1) ? 1 : 0;
            }
        }

        Assert.InRange(sent, 1, 1000);
    }

    [Fact]
    public void After_bursts_single_writes_are_sent_again()
    {
        for (int write = 0; write < 100_000; write++)
        {
            Send(afterMicroseconds: 1);
        }

        int gathered = 0;
        while (!Send(afterMicroseconds: 20))
        {
            gathered++;
        }

        Assert.InRange(gathered, 0, WriteBursts.MostGathered);
        for (int i = 0; i < 1000; i++)
        {
            Assert.True(Send(afterMicroseconds: 20));
        }

        // What was learnt of the bursts is forgotten.
        gathered = 0;
        for (int i = 0; i < WriteBursts.FirstGathered + WriteBursts.MostQuickWrites; i++)
        {
            gathered += Send(afterMicroseconds: 1) ? 0 : 1;
        }

        Assert.InRange(gathered, 1, WriteBursts.FirstGathered + 1);
    }

    private bool Send(int afterMicroseconds)
    {
        _clock.Microseconds += afterMicroseconds;
        if (_bursts.TakesGathered() || !_bursts.IsSingle(_receptions))
        {
            return false;
        }

        _bursts.OnSent();
        return true;
    }

    private sealed class SteppedClock : TimeProvider
    {
        public long Microseconds { get; set; } = 1_000_000;

        public override long TimestampFrequency => 1_000_000;

        public override long GetTimestamp() => Microseconds;
    }
}
