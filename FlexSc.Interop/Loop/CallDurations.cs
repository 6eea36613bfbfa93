using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Loop;

/// <summary>
/// How long calls take from their submission to their completion, for who listens to the meter FlexSc; without a listener it costs a look
/// at a field for each call. A call that completes many times has no duration. On the loop's thread.
/// </summary>
internal sealed class CallDurations(SyscallPageSet pages)
{
    private const string Name = "flexsc.completion.duration";

    // Of the same name as the meter of FlexSc.Akka: to a listener they are one.
    private static readonly Meter Meter = new("FlexSc", typeof(CallDurations).Assembly.GetName().Version?.ToString(3));

    private static readonly Histogram<double> Durations =
        Meter.CreateHistogram<double>(Name, "s", "Time from the submission of a call to its completion; calls that wait for a peer wait for it.");

    private long[]? _begun;

    /// <summary>A call is submitted.</summary>
    public void OnPublished(uint index)
    {
        if (Durations.Enabled && (pages[index].Flags & EntryFlags.Multishot) == 0)
        {
            _begun ??= new long[pages.EntryCount];
            _begun[index] = Stopwatch.GetTimestamp();
        }
    }

    /// <summary>It has completed, and its entry is not free yet.</summary>
    public void OnEnded(uint index)
    {
        if (_begun is { } begun && begun[index] is not 0 and long start)
        {
            begun[index] = 0;
            Durations.Record(Stopwatch.GetElapsedTime(start).TotalSeconds, new KeyValuePair<string, object?>("flexsc.call", NameOf(pages[index].Number)));
        }
    }

    private static string NameOf(ushort number) => number switch
    {
        FlexScAbi.NumberNop => "nop",
        FlexScAbi.NumberPoll => "poll",
        FlexScAbi.NumberCancel => "cancel",
        _ => SyscallTable.Of(number).Name ?? number.ToString(CultureInfo.InvariantCulture),
    };
}
