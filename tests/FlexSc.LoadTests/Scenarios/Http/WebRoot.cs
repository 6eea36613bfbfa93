using FlexSc.LoadTests.Scenarios.Clients;

namespace FlexSc.LoadTests.Scenarios.Http;

/// <summary>The files that the HTTP scenarios ask for.</summary>
internal static class WebRoot
{
    public const string SmallName = "small.bin";
    public const string LargeName = "large.bin";
    private const int SmallBytes = 4 * 1024;
    private const int LargeBytes = 4 * 1024 * 1024;

    public static ReadOnlyMemory<byte> Small { get; } = KnownBytes.Create(SmallBytes, seed: 1);

    /// <summary>More than the sockets of both sides hold, so that a reader that waits holds the sender up.</summary>
    public static ReadOnlyMemory<byte> Large { get; } = KnownBytes.Create(LargeBytes, seed: 2);

    public static void WriteTo(string directory)
    {
        Directory.CreateDirectory(directory);
        File.WriteAllBytes(Path.Combine(directory, SmallName), Small.Span);
        File.WriteAllBytes(Path.Combine(directory, LargeName), Large.Span);
    }
}
