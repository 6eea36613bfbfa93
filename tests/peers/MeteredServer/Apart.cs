using System.Globalization;

namespace FlexSc.Peers.Metered;

/// <summary>
/// What looking costs, in its two parts, each against nobody in the moment beside it: what a request takes longer while somebody listens, and
/// what one reading takes. Windows of two seconds with both in them differ by much more. On one thread.
/// </summary>
/// <param name="watch">Who looks.</param>
/// <param name="requests">What the server has answered so far.</param>
internal sealed class Apart(Watch watch, Func<long> requests)
{
    private const string Nobody = "none";

    // What the change itself costs, and connections that it held up, is outside of the window.
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(20);

    // So that a reading meets caches as cold as one a second does, or nearly.
    private static readonly TimeSpan BetweenReadings = TimeSpan.FromMilliseconds(10);

    private static long CpuNanoseconds => (long)(Environment.CpuUsage.TotalTime.TotalMicroseconds * 1000);

    /// <summary>Pairs of windows under whatever load there is, one with nobody and one with a listener who does not read, who comes first in turn.</summary>
    /// <returns>For each pair CPU time in ns and requests of nobody's window, then of the other, separated by slashes.</returns>
    public string Alternate(string who, int windowMs, int pairs)
    {
        TimeSpan window = TimeSpan.FromMilliseconds(windowMs);
        string[] answers = new string[pairs];
        for (int pair = 0; pair < pairs; pair++)
        {
            string first = pair % 2 == 0 ? Window(Nobody, window) : "";
            string other = Window(who, window);
            answers[pair] = $"{(first.Length > 0 ? first : Window(Nobody, window))}/{other}";
        }

        watch.Dispose();
        return $"alternated {string.Join(' ', answers)}";
    }

    /// <summary>Readings on this thread, each beside a pause without one.</summary>
    /// <returns>For each the CPU time in ns of a pause without and with a reading, separated by a slash.</returns>
    public string Readings(string who, int count)
    {
        Action read = watch.Silently(who) ?? throw new ArgumentException($"nobody reads by the name of {who}", nameof(who));
        string[] answers = new string[count];
        for (int i = 0; i < count; i++)
        {
            long start = CpuNanoseconds;
            Thread.Sleep(BetweenReadings);
            long without = CpuNanoseconds;
            Thread.Sleep(BetweenReadings);
            read();
            answers[i] = string.Create(CultureInfo.InvariantCulture, $"{without - start}/{CpuNanoseconds - without}");
        }

        watch.Dispose();
        return $"read {string.Join(' ', answers)}";
    }

    private string Window(string who, TimeSpan window)
    {
        watch.Silently(who);
        Thread.Sleep(Settle);
        (long cpu, long answered) = (CpuNanoseconds, requests());
        Thread.Sleep(window);
        return string.Create(CultureInfo.InvariantCulture, $"{CpuNanoseconds - cpu}/{requests() - answered}");
    }
}
