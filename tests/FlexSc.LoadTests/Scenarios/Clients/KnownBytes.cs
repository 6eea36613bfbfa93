namespace FlexSc.LoadTests.Scenarios.Clients;

/// <summary>Bytes that are the same in every run and nowhere repeat, so that an answer that mixes two of them up is noticed.</summary>
internal static class KnownBytes
{
    public static byte[] Create(int count, int seed)
    {
        byte[] bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
