using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Akka.Dispatch;

namespace FlexSc.Akka.Loops;

/// <summary>
/// Which mailboxes wait in most of their runs, since they first did. One wait says little of a handler: where many threads run it may wait for
/// memory, or for the collector. On the loop's thread.
/// </summary>
internal sealed class BriefWaits
{
    /// <summary>Runs that have to have waited.</summary>
    private const int LeastWaits = 2;

    /// <summary>Mailboxes that are remembered; when more wait, counting begins anew.</summary>
    private const int MostRemembered = 1_024;

    private readonly Dictionary<Mailbox, Runs> _runs = [];

    /// <summary>Whether <see cref="OnOther"/> has somebody to count for.</summary>
    public bool IsEmpty => _runs.Count == 0;

    /// <summary>A run that did not wait, or not for long.</summary>
    public void OnOther(Mailbox mailbox)
    {
        ref Runs runs = ref CollectionsMarshal.GetValueRefOrNullRef(_runs, mailbox);
        if (!Unsafe.IsNullRef(ref runs) && ++runs.Others >= runs.Waits + LeastWaits)
        {
            _runs.Remove(mailbox);
        }
    }

    /// <summary>A run that waited.</summary>
    /// <param name="mailbox">Its mailbox.</param>
    /// <param name="now">By the loops' clock.</param>
    /// <returns>Whether it does so in most of its runs.</returns>
    public bool OnWait(Mailbox mailbox, long now)
    {
        if (_runs.Count >= MostRemembered)
        {
            _runs.Clear();
        }

        ref Runs runs = ref CollectionsMarshal.GetValueRefOrAddDefault(_runs, mailbox, out bool isThere);
        runs.Begin = isThere ? runs.Begin : now;
        return ++runs.Waits >= LeastWaits && runs.Waits > runs.Others;
    }

    public void Forget(Mailbox mailbox) => _runs.Remove(mailbox);

    /// <summary>Forgets those whose first wait is long ago.</summary>
    /// <param name="isOver">Whether a time is so.</param>
    public void ForgetOld(Func<long, bool> isOver)
    {
        foreach ((Mailbox mailbox, Runs runs) in _runs)
        {
            if (isOver(runs.Begin))
            {
                _runs.Remove(mailbox);
            }
        }
    }

    private record struct Runs(long Begin, int Waits, int Others);
}
