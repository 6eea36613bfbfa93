using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Loop;

/// <summary>Calls that were timed since their loop began; see <see cref="SyscallLoop.TimesCalls"/>.</summary>
/// <param name="Count">How many.</param>
/// <param name="Total">What they took together, each from its submission to its completion.</param>
public readonly record struct CallTimes(long Count, TimeSpan Total);

/// <summary>
/// Times one call in several that waits for no peer, one at a time, for who decides where calls are executed. Off it costs a look at a
/// field for each call. On the loop's thread, but where another one is named.
/// </summary>
internal sealed class CallSamples(SyscallPageSet pages, TimeProvider clock)
{
    /// <summary>Submissions for each call that is timed: the clock costs as much as submitting a call does.</summary>
    private const int SubmissionsPerSample = 16;

    /// <summary>
    /// Samples that may fall due before the one under way is given up: its call waits for a peer after all, as a send does whose socket is
    /// full.
    /// </summary>
    private const int MostDue = 64;

    private const uint None = uint.MaxValue;

    private volatile bool _isOn;
    private int _submissionsToSample = SubmissionsPerSample;
    private int _due;
    private uint _timed = None;
    private long _begun;
    private long _count;
    private long _ticks;

    /// <summary>Whether calls are timed. From any thread.</summary>
    public bool IsOn
    {
        get => _isOn;
        set => _isOn = value;
    }

    /// <summary>What was found. From any thread, then possibly a call old.</summary>
    public CallTimes Times => new(Volatile.Read(ref _count), clock.GetElapsedTime(0, Volatile.Read(ref _ticks)));

    /// <summary>A call is submitted.</summary>
    public void OnPublished(uint index)
    {
        if (!_isOn || --_submissionsToSample > 0)
        {
            return;
        }

        bool isUnderWay = _timed != None && ++_due < MostDue;
        bool isOther = !isUnderWay && WaitsForPeer(pages[index]);
        _submissionsToSample = isOther ? 1 : SubmissionsPerSample;
        if (!isUnderWay && !isOther)
        {
            _due = 0;
            _timed = index;
            _begun = clock.GetTimestamp();
        }
    }

    /// <summary>It has completed.</summary>
    public void OnEnded(uint index)
    {
        if (index == _timed)
        {
            _timed = None;
            _ticks += clock.GetTimestamp() - _begun;
            _count++;
        }
    }

    private static bool WaitsForPeer(in SyscallEntry entry) =>
        (entry.Flags & EntryFlags.Multishot) != 0
        || (SyscallTable.Of(entry.Number).Direction & CallDirection.Read) != 0
        || SyscallTable.WaitsForOthers(entry.Number, entry.Argument1);
}
