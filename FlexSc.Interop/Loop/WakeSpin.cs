namespace FlexSc.Interop.Loop;

/// <summary>
/// Whether a loop that runs out of work looks for more a little while before it parks. A wake-up by another thread costs that
/// thread a trap and this one a switch; where threads and loops tell each other things in turn, the next one comes sooner than
/// that takes. Looking for as long as a wake-up costs is never worse than twice the best that could be done (as for locks that
/// spin before they block: Karlin and others, SODA 1990), and it is done only while it pays: after a park that another thread
/// ended soon, until it has failed some times.
/// </summary>
/// <param name="microseconds">How long to look; 0 is off.</param>
/// <param name="clock">What time is measured by.</param>
internal sealed class WakeSpin(int microseconds, TimeProvider clock)
{
    /// <summary>A park that another thread ended within so many times of the spin makes it worth a try.</summary>
    private const int SoonTimes = 4;

    /// <summary>Spins that such a park earns.</summary>
    private const int FirstTries = 4;

    /// <summary>Most spins in a row that may fail.</summary>
    private const int MostTries = 32;

    /// <summary>
    /// Spins that one earns which finds another thread's work, for the kernel's comes in turn with it: a request, and the answer that is
    /// told.
    /// </summary>
    private const int EarnedTries = 2;

    /// <summary>Looks between two of the clock, which costs more than a look.</summary>
    private const int LooksBetweenTimes = 16;

    /// <summary>Rounds of the processor's pause between two looks.</summary>
    private const int PausesBetweenLooks = 2;

    private readonly long _spinTicks = microseconds * clock.TimestampFrequency / 1_000_000;
    private long _parked;
    private int _tries;
    private long _ticks;

    /// <summary>For how long it has looked so far. From any thread, then possibly a little old.</summary>
    public TimeSpan Time => clock.GetElapsedTime(0, Volatile.Read(ref _ticks));

    /// <summary>Whether to look for work before the next park.</summary>
    public bool IsWorthwhile => _tries > 0;

    /// <summary>
    /// Looks until there is work or the time is over. What the kernel brings earns nothing, however soon: it would have woken the loop
    /// at no cost to any other thread, and a loop that only its I/O wakes is not to look for ever because it once was told something.
    /// </summary>
    /// <param name="hasWork">Whether there is any.</param>
    /// <param name="isToldByOther">Whether another thread has told some of it.</param>
    /// <returns>Whether there is work.</returns>
    public bool Run(Func<bool> hasWork, Func<bool> isToldByOther)
    {
        long start = clock.GetTimestamp();
        long elapsed;
        do
        {
            for (int look = 0; look < LooksBetweenTimes; look++)
            {
                if (hasWork())
                {
                    Add(clock.GetTimestamp() - start);
                    _tries = isToldByOther() ? Math.Min(_tries + EarnedTries, MostTries) : _tries - 1;
                    return true;
                }

                Thread.SpinWait(PausesBetweenLooks);
            }
        }
        while ((elapsed = clock.GetTimestamp() - start) < _spinTicks);
        Add(elapsed);
        _tries--;
        return false;
    }

    /// <summary>The loop is about to park.</summary>
    public void OnPark()
    {
        if (microseconds > 0)
        {
            _parked = clock.GetTimestamp();
        }
    }

    /// <summary>The park has ended.</summary>
    /// <param name="byOtherThread">Whether another thread ended it.</param>
    public void OnUnparked(bool byOtherThread)
    {
        if (byOtherThread && microseconds > 0 && clock.GetTimestamp() - _parked < _spinTicks * SoonTimes)
        {
            _tries = Math.Max(_tries, FirstTries);
        }
    }

    private void Add(long ticks) => Volatile.Write(ref _ticks, _ticks + ticks);
}
