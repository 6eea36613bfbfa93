using Akka.Event;

namespace FlexSc.Akka.IO;

/// <summary>
/// A shortage that lasts: told once when it begins and once when it is over, with how often it was met. A line each time would be a
/// hundred a second, and what is short may be what logging needs. From any thread.
/// </summary>
/// <param name="log">Takes the two lines.</param>
/// <param name="clock">Tells when it was met last.</param>
internal sealed class WarningEpisode(ILoggingAdapter log, TimeProvider clock)
{
    /// <summary>It is over when it was not met for so long: at the bound each connection that ends lets another one meet it.</summary>
    public static readonly TimeSpan QuietTime = TimeSpan.FromSeconds(1);

    private long _count;
    private long _begun;
    private long _last;

    /// <summary>It was met, for the first time or again.</summary>
    /// <param name="text">Told when it begins.</param>
    public void Meet(Func<string> text)
    {
        long now = clock.GetTimestamp();
        Volatile.Write(ref _last, now);
        if (Interlocked.Increment(ref _count) == 1)
        {
            Volatile.Write(ref _begun, now);
            log.Warning(text());
        }
    }

    /// <summary>It was not met although it could have been.</summary>
    /// <param name="subject">What goes on when the episode is over.</param>
    public void Miss(string subject)
    {
        if (Volatile.Read(ref _count) > 0 && clock.GetElapsedTime(Volatile.Read(ref _last)) >= QuietTime
            && Interlocked.Exchange(ref _count, 0) is var count and > 0)
        {
            log.Info("{0} goes on: met {1} times in {2:F1} s", subject, count, clock.GetElapsedTime(Volatile.Read(ref _begun)).TotalSeconds);
        }
    }
}
