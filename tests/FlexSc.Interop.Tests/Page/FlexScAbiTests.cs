using System.Runtime.InteropServices;
using FlexSc.Interop.Page;
using Xunit;

namespace FlexSc.Interop.Tests.Page;

public sealed class FlexScAbiTests
{
    [SkippableTheory]
    [InlineData(HeadersOf.X64)]
    [InlineData(HeadersOf.Arm64)]
    public void Mirror_has_the_sizes_offsets_and_constants_of_the_header(HeadersOf architecture)
    {
        Dictionary<string, long> mirror = new()
        {
            ["FLEXSC_ABI_MAGIC"] = FlexScAbi.Magic,
            ["FLEXSC_ABI_VERSION"] = FlexScAbi.Version,
            ["FLEXSC_PAGE_BYTES"] = FlexScAbi.PageBytes,
            ["FLEXSC_ENTRY_BYTES"] = FlexScAbi.EntryBytes,
            ["FLEXSC_ENTRIES_PER_PAGE"] = FlexScAbi.EntriesPerPage,
            ["FLEXSC_MAX_ARGUMENTS"] = FlexScAbi.MaxArguments,
            ["FLEXSC_MAX_PAGES"] = FlexScAbi.MaxPages,
            ["FLEXSC_STATUS_FREE"] = (long)EntryStatus.Free,
            ["FLEXSC_STATUS_SUBMIT"] = (long)EntryStatus.Submit,
            ["FLEXSC_STATUS_BUSY"] = (long)EntryStatus.Busy,
            ["FLEXSC_STATUS_DONE"] = (long)EntryStatus.Done,
            ["FLEXSC_ENTRY_MULTISHOT"] = (long)EntryFlags.Multishot,
            ["FLEXSC_ENTRY_PROVIDED_BUFFER"] = (long)EntryFlags.ProvidedBuffer,
            ["FLEXSC_ENTRY_POLL_IN"] = (long)HandOverFlags.PollIn,
            ["FLEXSC_ENTRY_POLL_OUT"] = (long)HandOverFlags.PollOut,
            ["FLEXSC_ENTRY_POLL_FIRST"] = (long)HandOverFlags.PollFirst,
            ["FLEXSC_NR_BASE"] = FlexScAbi.NumberBase,
            ["FLEXSC_NR_NOP"] = FlexScAbi.NumberNop,
            ["FLEXSC_NR_CANCEL"] = FlexScAbi.NumberCancel,
            ["FLEXSC_NR_POLL"] = FlexScAbi.NumberPoll,
            ["FLEXSC_TOKEN_INDEX_BITS"] = FlexScAbi.TokenIndexBits,
            ["FLEXSC_TOKEN_GENERATION_BITS"] = FlexScAbi.TokenGenerationBits,
            ["sizeof(struct flexsc_page)"] = FlexScAbi.PageBytes,
            ["sizeof(struct flexsc_entry)"] = Marshal.SizeOf<SyscallEntry>(),
            ["sizeof(struct flexsc_ring)"] = Marshal.SizeOf<IndexRingEnds>(),
            ["sizeof(struct flexsc_control)"] = Marshal.SizeOf<ControlPage>(),
        };
        CompilerProbe.AddOffsets<SyscallEntry>(mirror, "flexsc_entry", ("status", "Status"), ("number", "Number"), ("argument_count", "ArgumentCount"),
            ("flags", "Flags"), ("arguments[0]", "Argument0"), ("arguments[1]", "Argument1"), ("arguments[2]", "Argument2"),
            ("arguments[3]", "Argument3"), ("arguments[4]", "Argument4"), ("arguments[5]", "Argument5"), ("result", "Result"));
        CompilerProbe.AddOffsets<IndexRingEnds>(mirror, "flexsc_ring", ("head", "Head"), ("tail", "Tail"));
        CompilerProbe.AddOffsets<ControlPage>(mirror, "flexsc_control", ("magic", "Magic"), ("version", "Version"), ("page_count", "PageCount"),
            ("entry_count", "EntryCount"), ("ring_capacity", "RingCapacity"), ("ring_mask", "RingMask"),
            ("submission_ring_offset", "SubmissionRingOffset"), ("completion_ring_offset", "CompletionRingOffset"),
            ("pages_offset", "PagesOffset"), ("total_bytes", "TotalBytes"), ("submission", "Submission"), ("completion", "Completion"),
            ("program_sleeps", "ProgramSleeps"), ("executor_sleeps", "ExecutorSleeps"), ("threads", "Threads"),
            ("blocked_threads", "BlockedThreads"), ("wants_thread", "WantsThread"), ("buffers", "Buffers"),
            ("buffer_ring_offset", "BufferRingOffset"), ("buffer_ring_capacity", "BufferRingCapacity"));

        CompilerProbe.Compare(architecture, mirror, "\"flexsc_abi.h\"");
    }
}
