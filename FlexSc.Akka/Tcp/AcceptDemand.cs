namespace FlexSc.Akka.IO;

/// <summary>
/// How many connections a listener may still accept, of those its last ResumeAccepting asked for. It outlives the loop that accepts. From
/// any thread.
/// </summary>
/// <param name="isThrottled">Without it accepting needs no asking.</param>
internal sealed class AcceptDemand(bool isThrottled)
{
    private int _left;

    /// <summary>Each accept is one of those asked for.</summary>
    public bool IsThrottled => isThrottled;

    /// <summary>No more may be accepted now.</summary>
    public bool IsMet => isThrottled && Volatile.Read(ref _left) <= 0;

    /// <summary>So many may be accepted from now on, in place of what is left of those asked for before.</summary>
    public void Ask(int connections) => Volatile.Write(ref _left, Math.Max(0, connections));

    /// <summary>One was accepted.</summary>
    public void Take()
    {
        int left = Volatile.Read(ref _left);
        while (left > 0 && Interlocked.CompareExchange(ref _left, left - 1, left) is var before && before != left)
        {
            left = before;
        }
    }

    /// <summary>One that was accepted came to nothing: the handler is not told of it, so another one may come.</summary>
    public void GiveBack() => Interlocked.Increment(ref _left);
}
