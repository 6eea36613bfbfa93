using System.Globalization;

namespace FlexSc.Examples.Shared;

/// <summary>
/// The descriptors that connections and what they need may have. What is above is the process's own: its runtime, its loops, its log,
/// and connections that are accepted only to be refused. From any thread.
/// </summary>
/// <param name="limit">Most at a time; without bound until it is measured.</param>
internal sealed class DescriptorBudget(long limit = long.MaxValue)
{
    /// <summary>
    /// Descriptors kept for what is opened while serving: the runtime takes two for each assembly that it loads after all, reads files
    /// of the system, and a call on a file may be under way for what is no transfer.
    /// </summary>
    public const int ReserveDescriptors = 64;

    /// <summary>Fewer connections than this are no service.</summary>
    public const int LeastConnections = 16;

    /// <summary>What a service takes by itself until it listens, and a little more: with less its start would fail at some place within.</summary>
    public const int DescriptorsToStart = 100;

    private long _taken;

    /// <summary>Most at a time.</summary>
    public long Limit { get; private set; } = limit;

    /// <summary>How many are taken.</summary>
    public long Taken => Volatile.Read(ref _taken);

    /// <summary>To be called before anything is set up.</summary>
    /// <exception cref="IOException">The limit on descriptors does not let a service start; the text names the remedy.</exception>
    public static void RequireEnoughToStart()
    {
        long maximum = DescriptorLimit.Maximum;
        if (maximum < DescriptorsToStart + ReserveDescriptors + LeastConnections)
        {
            throw TooFew(maximum, DescriptorsToStart);
        }
    }

    /// <summary>Takes as limit what RLIMIT_NOFILE leaves beside what is open now: once all is set up, before the first connection.</summary>
    /// <exception cref="IOException">It leaves less than <see cref="LeastConnections"/>; the text names the remedy.</exception>
    public void MeasureProcess()
    {
        long maximum = DescriptorLimit.Maximum;
        int open = DescriptorLimit.CountOpen();
        long left = maximum - open - ReserveDescriptors;
        Limit = left >= LeastConnections ? left : throw TooFew(maximum, open);
    }

    /// <summary>How many connections to admit.</summary>
    /// <param name="asked">What was asked for; null where nothing was.</param>
    /// <param name="most">The most where nothing was asked for.</param>
    /// <param name="keptDescriptors">Descriptors that connections leave to what else takes some.</param>
    /// <param name="option">The option's name, for the message.</param>
    /// <param name="message">What to tell the operator: that it is fewer than asked for, and the remedy.</param>
    public int ConnectionsFor(int? asked, int most, long keptDescriptors, string option, out string? message)
    {
        int admitted = (int)Math.Min(asked ?? most, Limit - keptDescriptors);
        message = asked is { } number && number > admitted
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{option} {number} is more than the limit on file descriptors allows: {admitted} connections are served; raise it with ulimit -n by {number - admitted} or more")
            : null;
        return admitted;
    }

    /// <summary>Takes one; false where none is left.</summary>
    public bool TryTake()
    {
        if (Interlocked.Increment(ref _taken) <= Limit)
        {
            return true;
        }

        Interlocked.Decrement(ref _taken);
        return false;
    }

    /// <summary>Gives one back.</summary>
    public void Return() => Interlocked.Decrement(ref _taken);

    private static IOException TooFew(long maximum, int own) => new(string.Create(
        CultureInfo.InvariantCulture,
        $"RLIMIT_NOFILE is {maximum}, and the process itself takes {own} and keeps {ReserveDescriptors} in reserve: raise it with ulimit -n to {own + ReserveDescriptors + LeastConnections} or more"));
}
