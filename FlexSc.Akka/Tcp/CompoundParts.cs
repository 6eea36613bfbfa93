using Akka.IO;

namespace FlexSc.Akka.IO;

/// <summary>The parts of a compound write, one after the other: its own members descend into it, and so would use up the stack of a long one.</summary>
internal static class CompoundParts
{
    public static long BytesOf(Tcp.CompoundWrite compound)
    {
        long bytes = 0;
        for (Tcp.WriteCommand? rest = compound; rest is not null;)
        {
            bytes += Take(ref rest) is Tcp.Write write ? write.Data.Count : 0;
        }

        return bytes;
    }

    /// <summary>The next part; what is left behind it is null after the last.</summary>
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
