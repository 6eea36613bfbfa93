using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Tracing;
using System.Runtime.InteropServices;

namespace FlexSc.Akka;

/// <summary>
/// What happens seldom and matters, as events of the source FlexSc: <c>dotnet-trace collect --providers FlexSc</c> writes them beside what
/// the runtime tells of the same moment, such as collections and the thread pool. Figures are the meter's. From any thread.
/// </summary>
[EventSource(Name = FlexScTelemetry.Name)]
[SuppressMessage("Trimming", "IL2026", Justification = "The arguments are strings and numbers, whose members nobody asks for.")]
[UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "As above.")]
internal sealed class FlexScEvents : EventSource
{
    private const int BackendChosenId = 1;
    private const int LoopHeldUpId = 2;
    private const int LoopGoesOnId = 3;
    private const int LoopFailedId = 4;
    private const int ActorEvictedId = 5;
    private const int ActorReturnedId = 6;
    private const int PlacementChangedId = 7;
    private const int LoopGivenUpId = 8;
    private const int LoopCameBackId = 9;
    private const int MostValues = 5;

    private FlexScEvents()
    {
    }

    /// <summary>The only one.</summary>
    public static FlexScEvents Log { get; } = new();

    /// <summary>The loops of an actor system were started.</summary>
    [Event(BackendChosenId, Level = EventLevel.Informational, Message = "{0}: {1} loops on the backend {2} ({3} was asked for): {4}")]
    public void BackendChosen(string system, int loops, string backend, string requested, string reason)
    {
        if (IsEnabled())
        {
            Write(BackendChosenId, system, loops, backend, requested, reason);
        }
    }

    /// <summary>A turn takes longer than <c>flexsc.loops.stall-warning-ms</c>.</summary>
    [Event(LoopHeldUpId, Level = EventLevel.Warning, Message = "{0}: loop {1} has been held up for {2} ms by {3}")]
    public void LoopHeldUp(string system, int loop, int milliseconds, string running)
    {
        if (IsEnabled())
        {
            Write(LoopHeldUpId, system, loop, milliseconds, running);
        }
    }

    /// <summary>That turn is over.</summary>
    [Event(LoopGoesOnId, Level = EventLevel.Informational, Message = "{0}: loop {1} goes on")]
    public void LoopGoesOn(string system, int loop)
    {
        if (IsEnabled())
        {
            Write(LoopGoesOnId, system, loop);
        }
    }

    /// <summary>An error has ended a loop.</summary>
    [Event(LoopFailedId, Level = EventLevel.Error, Message = "{0}: loop {1} was ended by {2}")]
    public void LoopFailed(string system, int loop, string error)
    {
        if (IsEnabled())
        {
            Write(LoopFailedId, system, loop, error);
        }
    }

    /// <summary>A loop's work does not come back: it is done without.</summary>
    [Event(LoopGivenUpId, Level = EventLevel.Error, Message = "{0}: loop {1} is given up: {2}, {3}, holds it up")]
    public void LoopGivenUp(string system, int loop, string running, string reason)
    {
        if (IsEnabled())
        {
            Write(LoopGivenUpId, system, loop, running, reason);
        }
    }

    /// <summary>That loop goes on.</summary>
    [Event(LoopCameBackId, Level = EventLevel.Warning, Message = "{0}: loop {1} was given up and is in use again")]
    public void LoopCameBack(string system, int loop)
    {
        if (IsEnabled())
        {
            Write(LoopCameBackId, system, loop);
        }
    }

    /// <summary>An actor runs on the thread pool from now on.</summary>
    [Event(ActorEvictedId, Level = EventLevel.Warning, Message = "{0}: {1} leaves loop {2}: {3}")]
    public void ActorEvicted(string system, string path, int loop, string reason)
    {
        if (IsEnabled())
        {
            Write(ActorEvictedId, system, path, loop, reason);
        }
    }

    /// <summary>It runs on its loop again.</summary>
    [Event(ActorReturnedId, Level = EventLevel.Informational, Message = "{0}: {1} runs on loop {2} again")]
    public void ActorReturned(string system, string path, int loop)
    {
        if (IsEnabled())
        {
            Write(ActorReturnedId, system, path, loop);
        }
    }

    /// <summary>Placement changed its plan.</summary>
    [Event(PlacementChangedId, Level = EventLevel.Informational, Message = "{0}: {1} loops in use, {2} open, {3} syscall cores: {4}")]
    public void PlacementChanged(string system, int loopsInUse, int openLoops, int syscallCores, string reason)
    {
        if (IsEnabled())
        {
            Write(PlacementChangedId, system, loopsInUse, openLoops, syscallCores, reason);
        }
    }

    /// <summary>
    /// WriteEvent with an array of values goes another way through the runtime than with one or two, and on that way a session which
    /// asks for a source without keywords, as <c>--providers FlexSc</c> does, gets none of them (.NET 10.0). This one it gets.
    /// </summary>
    /// <param name="eventId">Which event.</param>
    /// <param name="values">Its strings and ints, in the order of its method.</param>
    [NonEvent]
    private unsafe void Write(int eventId, params ReadOnlySpan<object> values)
    {
        EventData* data = stackalloc EventData[MostValues];
        int* numbers = stackalloc int[MostValues];
        GCHandle* texts = stackalloc GCHandle[MostValues];
        int pinned = 0;
        try
        {
            for (int i = 0; i < values.Length; i++)
            {
                if (values[i] is string text)
                {
                    // Followed by the zero that ends it, which strings have in memory as well.
                    GCHandle handle = GCHandle.Alloc(text, GCHandleType.Pinned);
                    texts[pinned++] = handle;
                    data[i] = new EventData { DataPointer = handle.AddrOfPinnedObject(), Size = (text.Length + 1) * sizeof(char) };
                }
                else
                {
                    numbers[i] = (int)values[i];
                    data[i] = new EventData { DataPointer = (nint)(&numbers[i]), Size = sizeof(int) };
                }
            }

            WriteEventCore(eventId, values.Length, data);
        }
        finally
        {
            while (pinned > 0)
            {
                texts[--pinned].Free();
            }
        }
    }
}
