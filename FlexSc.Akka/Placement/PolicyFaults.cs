namespace FlexSc.Akka.Placement;

/// <summary>
/// Why answers of a policy were not taken, for people: once for the same fault, and some a minute of a policy whose faults differ each
/// time, as by a figure in their text. One thread at a time.
/// </summary>
internal sealed class PolicyFaults
{
    /// <summary>Most that are told within <see cref="Window"/>.</summary>
    private const int MostTold = 10;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private string? _last;
    private string? _untold;
    private TimeSpan _windowBegan;
    private int _toldInWindow;

    /// <summary>An answer was not taken.</summary>
    /// <param name="now">Since placement began.</param>
    /// <param name="fault">Why.</param>
    public void Add(TimeSpan now, string fault)
    {
        if (fault == _last)
        {
            return;
        }

        _last = fault;
        if (now - _windowBegan >= Window)
        {
            (_windowBegan, _toldInWindow) = (now, 0);
        }

        if (_toldInWindow < MostTold)
        {
            _toldInWindow++;
            _untold = _toldInWindow < MostTold
                ? fault
                : $"{fault} (the {MostTold}th of these within {Window.TotalSeconds:F0} s: further ones are not told for the rest of it)";
        }
    }

    /// <summary>An answer was taken: a fault after it is a new one.</summary>
    public void OnGoodAnswer() => _last = null;

    /// <summary>What there is to tell; once.</summary>
    public string? Take()
    {
        string? fault = _untold;
        _untold = null;
        return fault;
    }
}
