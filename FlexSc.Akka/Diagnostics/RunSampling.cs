using System.Diagnostics;
using Akka.Dispatch;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.Diagnostics;

/// <summary>
/// Finds the actors that take their loop's time by looking, now and then, at what runs. A loop keeps that for its watchdog anyway. From any
/// thread but those of the loops.
/// </summary>
/// <remarks>
/// The caller's thread sleeps between two looks. An asynchronous pause would go on by the thread pool, and where that has no thread to spare,
/// which is one of the things that a report is taken for, it would look too seldom or never come back. Whoever calls says for how long, and
/// the diagnostics socket has a thread of its own.
/// </remarks>
internal static class RunSampling
{
    /// <summary>Looks once, and again until the time is over.</summary>
    /// <param name="loops">Whose actors.</param>
    /// <param name="duration">How long.</param>
    /// <param name="most">Most actors of the answer.</param>
    /// <returns>Those found, most often found first.</returns>
    public static IReadOnlyList<BusyActor> Take(IReadOnlyList<ActorLoop> loops, TimeSpan duration, int most)
    {
        Dictionary<(Mailbox Mailbox, int Loop), int> found = [];
        long start = Stopwatch.GetTimestamp();
        int looks = 0;
        while (true)
        {
            looks++;
            foreach (ActorLoop loop in loops)
            {
                if (loop.Activity is { IsParked: false, Running: Mailbox mailbox })
                {
                    found[(mailbox, loop.Index)] = found.GetValueOrDefault((mailbox, loop.Index)) + 1;
                }
            }

            if (Stopwatch.GetElapsedTime(start) >= duration)
            {
                return [.. found.OrderByDescending(static entry => entry.Value).Take(most)
                    .Select(entry => new BusyActor(MailboxOwner.NameOf(entry.Key.Mailbox), entry.Key.Loop, (double)entry.Value / looks))];
            }

            Thread.Sleep(FlexReportExtensions.LookIntervalMs);
        }
    }
}
