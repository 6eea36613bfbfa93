namespace FlexSc.Simulation.Worlds;

/// <summary>The bytes of a stream: the same for sender and receiver, position by position.</summary>
internal static class ByteStream
{
    public static byte At(uint stream, long position)
    {
        ulong mixed = ((ulong)stream << 32) ^ (ulong)position;
        mixed *= 0x9E3779B97F4A7C15;
        return (byte)(mixed >> 56);
    }

    public static void Fill(Span<byte> bytes, uint stream, long position)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = At(stream, position + i);
        }
    }

    /// <exception cref="SimulationFailure">A byte is another one.</exception>
    public static void Check(ReadOnlySpan<byte> bytes, uint stream, long position, string who)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] != At(stream, position + i))
            {
                throw new SimulationFailure($"{who}: byte {position + i} of stream {stream} is wrong");
            }
        }
    }
}
