namespace FlexSc.Simulation.Mutations;

/// <summary>A bug put in on purpose, as a change of a text that the sources hold once.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="What">What goes wrong.</param>
/// <param name="Program">The program that is to find it.</param>
/// <param name="File">The source, from the root of the repository.</param>
/// <param name="Original">The text.</param>
/// <param name="Replacement">What takes its place; MUTATED stands for whether the bug is switched on.</param>
internal sealed partial record Mutation(string Name, string What, string Program, string File, string Original, string Replacement)
{
    private const string Attempts = "FlexSc.Interop/Backends/Readiness/ReadinessBackend.Attempts.cs";
    private const string Progress = "FlexSc.Interop/Backends/Readiness/CallProgress.cs";
    private const string Calls = "FlexSc.Interop/Backends/Readiness/PendingCalls.cs";

    private const string Echo = "echo";

    public static IReadOnlyList<Mutation> All { get; } = [.. OfInterop, .. OfAkka, .. OfFiles, .. OfDatagrams, .. OfMoves];

    private static Mutation[] OfInterop =>
    [
        new("lost-wake-up", "a loop that waits is not woken by what others put into its inbox", Echo, "FlexSc.Interop/Loop/Inbox.cs",
            "sleeping == AsleepForAll || (sleeping == Asleep && !quiet)", "!MUTATED && (sleeping == AsleepForAll || (sleeping == Asleep && !quiet))"),
        new("quiet-buffers", "a buffer that another loop gives back wakes nobody who waits for one", Echo, "FlexSc.Interop/Loop/Inbox.cs",
            "sleeping == AsleepForAll ||", "(sleeping == AsleepForAll && !(MUTATED && quiet)) ||"),
        new("lost-edge", "an edge that comes while an attempt is under way is forgotten", Echo, Attempts,
            "if (side.Edges == call.EdgesAtAttempt)", "if (MUTATED || side.Edges == call.EdgesAtAttempt)"),
        new("edge-after-short-receive", "an edge during a short receive is forgotten", Echo, Attempts,
            "&& !state.IsHungUp && side.Edges == call.EdgesAtAttempt;", "&& !state.IsHungUp && (MUTATED || side.Edges == call.EdgesAtAttempt);"),
        new("end-after-short-receive", "a short receive is taken for the last one although the other side has ended", Echo, Attempts,
            "&& !state.IsHungUp &&", "&& (MUTATED || !state.IsHungUp) &&"),
        new("double-return", "a call that waits gives its buffer back and keeps it", Echo, Attempts,
            "            _freeBuffers!.Add((ushort)call.BufferId);\n            call.BufferId = -1;",
            "            _freeBuffers!.Add((ushort)call.BufferId);\n            call.BufferId = MUTATED ? call.BufferId : -1;"),
        new("starved-for-ever", "a call that found no buffer is not tried again", Echo, Attempts,
            "_starved.Enqueue(state);", "if (!MUTATED) { _starved.Enqueue(state); }"),
        new("close-without-cancel", "a close does not end the calls that wait on its descriptor", Echo, "FlexSc.Interop/Backends/Readiness/DescriptorOwners.cs",
            "        {\n            cancelAllOn(descriptor);", "        {\n            if (!MUTATED) { cancelAllOn(descriptor); }"),
        new("acknowledged-early", "a send of all its bytes completes before the last one is taken", Echo, Progress,
            "return (ulong)(call.DoneBytes + moved) < totalBytes;", "return !MUTATED && (ulong)(call.DoneBytes + moved) < totalBytes;"),
        new("sent-twice", "a send that goes on begins with bytes that were sent", Echo, Progress,
            "call.DoneBytes += moved;", "call.DoneBytes += MUTATED ? moved - 1 : moved;"),
        new("lost-bytes", "a cancelled call keeps to itself what it has moved", Echo, Progress,
            "last > 0 ? last + call.DoneBytes : call.DoneBytes > 0 ? call.DoneBytes : last;",
            "last > 0 ? last + call.DoneBytes : call.DoneBytes > 0 && !MUTATED ? call.DoneBytes : last;"),
        new("unreached-for-ever", "a call that a cancellation did not reach is not asked again", Echo, "FlexSc.Interop/Loop/SyscallLoop.Turn.cs",
            "if (completion.Result is -Errno.Already or -Errno.NoEntry)", "if (!MUTATED && completion.Result is -Errno.Already or -Errno.NoEntry)"),
        new("untold-buffer", "a multishot completion does not tell that it has a buffer", Echo, Calls,
            "flags |= CompletionFlags.Buffer;", "flags |= MUTATED ? CompletionFlags.None : CompletionFlags.Buffer;"),
        new("leaked-buffer", "a buffer that was not filled is not put back", Echo, Calls,
            "buffers.PutBack((ushort)call.BufferId);", "if (!MUTATED) { buffers.PutBack((ushort)call.BufferId); }"),
        new("broken-queue", "a call that leaves its queue stays the one before the next", Echo, Calls,
            "_calls[call.Next].Previous = call.Previous;", "_calls[call.Next].Previous = MUTATED ? _calls[call.Next].Previous : call.Previous;"),
    ];
}
