namespace FlexSc.Akka.Placement;

/// <summary>Sums up what has moved, so that it is told in a line a second at the most. One thread at a time.</summary>
internal sealed class MoveNews
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly SortedDictionary<(int From, int To), (int Actors, int WithThem, int Alone)> _moved = [];

    /// <summary>How many connections, by who stays: what is tried again before it is told counts once.</summary>
    private readonly Dictionary<(int From, string Reason), Dictionary<object, int>> _staying = [];

    /// <summary>What stays is told once for each reason, until its loop is open again.</summary>
    private readonly HashSet<(int From, string Reason)> _told = [];
    private TimeSpan _toldAt;

    /// <summary>Something more.</summary>
    public void Add(Departed departed)
    {
        if (departed.To is int to)
        {
            var (actors, withThem, alone) = _moved.GetValueOrDefault((departed.From, to));
            _moved[(departed.From, to)] = departed.Actors > 0
                ? (actors + departed.Actors, withThem + departed.Connections, alone)
                : (actors, withThem, alone + departed.Connections);
        }
        else if (departed.Stays is { } reason && !_told.Contains((departed.From, reason)))
        {
            if (!_staying.TryGetValue((departed.From, reason), out Dictionary<object, int>? staying))
            {
                _staying[(departed.From, reason)] = staying = new Dictionary<object, int>(ReferenceEqualityComparer.Instance);
            }

            staying[departed.Who] = departed.Connections;
        }
    }

    /// <summary>What stays on a loop from now on is told again.</summary>
    public void Forget(int loop) => _told.RemoveWhere(told => told.From == loop);

    /// <summary>What there is to tell.</summary>
    /// <param name="now">Since placement began.</param>
    /// <param name="isAll">Nothing more is under way: it need not be waited for.</param>
    public string? Take(TimeSpan now, bool isAll)
    {
        if (_moved.Count + _staying.Count == 0 || (!isAll && now - _toldAt < Pause))
        {
            return null;
        }

        _toldAt = now;
        _told.UnionWith(_staying.Keys);
        string text = string.Join("; ", [
            .. _moved.Select(static moved => $"{What(moved.Value)} moved from loop {moved.Key.From} to {moved.Key.To}"),
            .. _staying.Select(static staying =>
                $"{Counted(staying.Value.Values.Sum(), "connection")} stayed on loop {staying.Key.From}: {staying.Key.Reason}"),
        ]);
        _moved.Clear();
        _staying.Clear();
        return text;
    }

    private static string What((int Actors, int WithThem, int Alone) moved)
    {
        string actors = $"{Counted(moved.Actors, "actor")} with {Counted(moved.WithThem, "connection")}";
        return moved.Alone == 0 ? actors
            : moved.Actors == 0 ? Counted(moved.Alone, "connection")
            : $"{actors} and {Counted(moved.Alone, "connection")} of other actors";
    }

    private static string Counted(int count, string what) => $"{count} {what}{(count == 1 ? "" : "s")}";
}
