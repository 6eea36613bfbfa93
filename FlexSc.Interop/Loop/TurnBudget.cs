namespace FlexSc.Interop.Loop;

/// <summary>
/// How long one kind of a turn's work may go on before the next kind has its share. A look at the clock costs some 20 ns, about as
/// much as a small item, so the first items are followed by one each and then ever more of them are done between two looks.
/// </summary>
/// <param name="microseconds">The time.</param>
/// <param name="clock">What it is measured by.</param>
internal sealed class TurnBudget(int microseconds, TimeProvider clock)
{
    /// <summary>Most items between two looks: as many slow ones may follow a row of quick ones unseen.</summary>
    private const int MostItemsBetweenLooks = 8;

    private readonly long _ticks = microseconds * clock.TimestampFrequency / 1_000_000;
    private long _start;
    private int _itemsBetweenLooks;
    private int _itemsToLook;
    private bool _over;

    /// <summary>A kind of work begins.</summary>
    public void Begin()
    {
        _start = clock.GetTimestamp();
        _itemsBetweenLooks = 1;
        _itemsToLook = 1;
        _over = false;
    }

    /// <summary>An item is done: whether another one may be.</summary>
    public bool MayGoOn()
    {
        if (_over)
        {
            return false;
        }

        if (--_itemsToLook > 0)
        {
            return true;
        }

        _itemsBetweenLooks = Math.Min(_itemsBetweenLooks * 2, MostItemsBetweenLooks);
        _itemsToLook = _itemsBetweenLooks;
        return !IsOver();
    }

    /// <summary>Looks at the clock: how long the work has gone on.</summary>
    public TimeSpan Elapsed => clock.GetElapsedTime(_start);

    /// <summary>Looks at the clock: whether the time is over.</summary>
    public bool IsOver() => _over = _over || clock.GetTimestamp() - _start >= _ticks;
}
