using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends;

/// <summary>What every backend answers alike, whatever it executes entries by.</summary>
internal static class EntryRules
{
    /// <summary>True when the call can be made as its flags ask; other entries complete with -EINVAL.</summary>
    public static bool SupportsFlags(in SyscallEntry entry)
    {
        const EntryFlags known = EntryFlags.Multishot | EntryFlags.ProvidedBuffer;
        if ((entry.Flags & ~known) != 0)
        {
            return false;
        }

        bool multishot = (entry.Flags & EntryFlags.Multishot) != 0;
        bool provided = (entry.Flags & EntryFlags.ProvidedBuffer) != 0;
        bool receives = entry.Number == SyscallNumber.RecvFrom && entry.Argument4 == 0;

        // A message in a provided buffer has the layout of a multishot receive, so there is no other. A multishot receive without
        // provided buffers would overwrite what was not read yet; the kernel refuses it, too.
        bool receivesMessages = entry.Number == SyscallNumber.RecvMsg && provided && multishot;
        return (!provided || receives || receivesMessages)
            && (!multishot || entry.Number == SyscallNumber.Accept4 || (receives && provided) || receivesMessages);
    }

    /// <summary>The negative errno that an entry completes with which no executor may run; 0 for any other.</summary>
    /// <param name="entry">None of the requests that the backend knows.</param>
    public static long RefusalOf(in SyscallEntry entry)
    {
        // What the machine has no call for must not end descriptors first.
        if (entry.Number >= FlexScAbi.NumberBase || !RawSystemCall.IsThere(entry.Number))
        {
            return -Errno.NoSystemCall;
        }

        return SyscallTable.RefusalOf(entry.Number, entry.Argument1, entry.Argument2) == Refusal.None ? 0 : -Errno.NotPermitted;
    }

    /// <summary>True for a call that the loop makes itself when it flushes.</summary>
    public static bool IsPrompt(ushort number) => SyscallTable.Of(number).Time == CallTime.Prompt;
}
