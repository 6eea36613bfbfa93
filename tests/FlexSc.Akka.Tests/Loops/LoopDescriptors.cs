using System.Globalization;
using Tmds.Linux;
using Xunit;

namespace FlexSc.Akka.Tests.Loops;

/// <summary>What the loops of this process wait on, so that a test can have a loop fail.</summary>
internal static class LoopDescriptors
{
    /// <summary>Rings, or epoll sets, that are open now.</summary>
    public static HashSet<int> Of(string backend) => [.. new DirectoryInfo("/proc/self/fd").GetFileSystemInfos()
        .Where(entry => entry.LinkTarget?.Contains(backend == "io-uring" ? "io_uring" : "eventpoll", StringComparison.Ordinal) == true)
        .Select(entry => int.Parse(entry.Name, CultureInfo.InvariantCulture))];

    /// <summary>Puts /dev/null in its place, so that the loop's next call for it fails.</summary>
    public static unsafe void Replace(int descriptor)
    {
        fixed (byte* path = "/dev/null\0"u8)
        {
            int other = LibC.open(path, LibC.O_RDWR);
            Assert.True(other >= 0);
            Assert.Equal(descriptor, LibC.dup2(other, descriptor));
            Assert.Equal(0, LibC.close(other));
        }
    }

    /// <summary>Sockets of this process.</summary>
    public static int CountSockets() =>
        new DirectoryInfo("/proc/self/fd").GetFileSystemInfos().Count(entry => entry.LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) == true);
}
