using System.Security.Cryptography;

namespace FlexSc.Peers.Blocking;

/// <summary>What handlers do that nobody wrote for a loop: each way blocks whatever thread runs it.</summary>
internal static class Work
{
    /// <summary>Names of the ways to block that a mix has, as the option spells them.</summary>
    public static readonly string[] Kinds = ["sleep", "file", "wait", "result"];

    /// <summary>A brief wait is so much shorter than others.</summary>
    private const int BriefPart = 4;

    private const int FileBytes = 64 * 1024;
    private const int HashedBytes = 16 * 1024;
    private static readonly byte[] Content = new byte[FileBytes];

    /// <summary>Blocks once.</summary>
    /// <param name="kind">One of <see cref="Kinds"/>, or brief.</param>
    /// <param name="milliseconds">For how long, where that can be chosen.</param>
    /// <param name="file">A file of the actor's own.</param>
    public static void Block(string kind, int milliseconds, string file)
    {
        switch (kind)
        {
            case "sleep":
                Thread.Sleep(milliseconds);
                break;
            case "brief":
                Thread.Sleep(milliseconds / BriefPart);
                break;
            case "file":
                using (FileStream stream = new(file, FileMode.Create))
                {
                    stream.Write(Content);
                    stream.Flush(flushToDisk: true);
                }

                _ = File.ReadAllBytes(file);
                break;
            case "wait":
                Task.Run(() => Thread.Sleep(milliseconds)).Wait();
                break;
            case "result":
                _ = LaterAsync(milliseconds).Result;
                break;
            default:
                throw new ArgumentException($"there is no way to block called '{kind}', only {string.Join(", ", Kinds)}", nameof(kind));
        }
    }

    /// <summary>What actors do that do not block: some ten microseconds of computing.</summary>
    public static void Compute() => _ = SHA256.HashData(Content.AsSpan(0, HashedBytes));

    private static async Task<byte[]> LaterAsync(int milliseconds)
    {
        await Task.Delay(milliseconds).ConfigureAwait(false);
        return SHA256.HashData(Content);
    }
}
