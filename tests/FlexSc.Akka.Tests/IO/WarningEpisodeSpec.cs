using Akka.Event;
using Akka.TestKit.Xunit2;
using FlexSc.Akka.IO;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

public sealed class WarningEpisodeSpec() : TestKit("akka.loglevel = INFO")
{
    [Fact]
    public void A_shortage_that_flaps_is_one_line_at_its_begin_and_one_at_its_end()
    {
        Clock clock = new();
        WarningEpisode episode = new(Logging.GetLogger(Sys, "episode"), clock);
        EventFilter.Warning(contains: "short").Expect(1, () =>
        {
            for (int i = 0; i < 100; i++)
            {
                clock.Advance(WarningEpisode.QuietTime / 2);
                episode.Meet(() => "short");
                episode.Miss("it");
            }
        });
        EventFilter.Info(contains: "it goes on: met 100 times in 50.5 s").Expect(1, () =>
        {
            clock.Advance(WarningEpisode.QuietTime);
            episode.Miss("it");
            episode.Miss("it");
        });
        EventFilter.Warning(contains: "short").Expect(1, () => episode.Meet(() => "short"));
    }

    private sealed class Clock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(TimeSpan time) => _ticks += time.Ticks;

        public override long GetTimestamp() => _ticks;
    }
}
