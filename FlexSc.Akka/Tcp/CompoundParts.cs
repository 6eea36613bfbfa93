using Akka.IO;

namespace FlexSc.Akka.IO;

/// <summary>
/// Walks a <see cref="Tcp.CompoundWrite"/> by hand, part after part: its own members descend into it, and so would use up the stack of a
/// long one.
/// </summary>
internal static class CompoundParts
{
    /// <summary>Bytes of all its writes.</summary>
    public static long CountBytes(Tcp.CompoundWrite compound)
    {
        long bytes = 0;
        for (Tcp.WriteCommand? rest = compound; rest is not null;)
        {
            bytes += Take(ref rest) is Tcp.Write write ? write.Data.Count : 0;
        }

        return bytes;
    }

    /// <summary>The first part, and what follows it; null where nothing does.</summary>
    public static Tcp.WriteCommand Take(ref Tcp.WriteCommand? rest)
    {
        Tcp.WriteCommand part = rest!;
        if (part is Tcp.CompoundWrite compound)
        {
            rest = compound.TailCommand;
            return compound.Head;
        }

        rest = null;
        return part;
    }
}
