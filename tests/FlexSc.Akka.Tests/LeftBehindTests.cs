using System.Net.Sockets;
using Akka.Actor;
using Akka.Configuration;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Calls;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace FlexSc.Akka.Tests;

/// <summary>What the specs' fixture finds, for one that finds nothing would pass as well.</summary>
public sealed class LeftBehindTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_loop_that_was_tidied_up_leaves_nothing() => Assert.Empty(await EndAsync(static _ => Task.FromResult(0)));

    [Fact]
    public async Task A_block_is_named() => Assert.Equal(["loop 0: 1 send blocks of TCP"], await EndAsync(static loop =>
    {
        loop.Io.Tcp.SendBlocks.Rent(1);
        return Task.FromResult(0);
    }));

    [Fact]
    public async Task An_entry_is_named() => Assert.Equal(["loop 0: 2 reserved entries"], await EndAsync(static loop =>
    {
        Assert.True(loop.Loop.TryReserveEntries(2));
        return Task.FromResult(0);
    }));

    [Fact]
    public async Task A_descriptor_that_a_loop_opened_is_named()
    {
        LeftBehind leftBehind = new(patienceMs: 0);
        int socket = -1;
        Assert.Empty(await EndAsync(async loop => socket = await loop.Loop.SocketAsync(AddressFamily.Unix, SocketType.Stream)));
        InvalidOperationException failure = Assert.Throws<InvalidOperationException>(() => leftBehind.AssertNothing([]));
        Assert.Contains("socket:[", failure.Message, StringComparison.Ordinal);
        new Socket(new SafeSocketHandle(socket, ownsHandle: true)).Dispose();
        leftBehind.AssertNothing([]);
    }

    [Fact]
    public async Task A_file_and_a_watch_that_a_loop_opened_are_named()
    {
        LeftBehind leftBehind = new(patienceMs: 0);
        string folder = Directory.CreateTempSubdirectory("flexsc-left-").FullName;
        int[] descriptors = [];
        try
        {
            Assert.Empty(await EndAsync(async loop =>
            {
                descriptors = [await loop.Loop.OpenAsync(folder, OpenFlags.Directory), await loop.Loop.OpenWatchAsync(folder, FileChanges.All)];
                return 0;
            }));
            InvalidOperationException failure = Assert.Throws<InvalidOperationException>(() => leftBehind.AssertNothing([]));
            Assert.Contains(folder, failure.Message, StringComparison.Ordinal);
            Assert.Contains("inotify", failure.Message, StringComparison.Ordinal);
        }
        finally
        {
            Array.ForEach(descriptors, static descriptor => new SafeFileHandle(descriptor, ownsHandle: true).Dispose());
            Directory.Delete(folder);
        }

        leftBehind.AssertNothing([]);
    }

    /// <summary>What is left of a loop that did something and has ended.</summary>
    private static async Task<IReadOnlyList<string>> EndAsync(Func<ActorLoop, Task<int>> act)
    {
        ActorSystem system = ActorSystem.Create("left", ConfigurationFactory.ParseString("akka.loglevel = WARNING\nflexsc.loops { count = 1, pin = off }"));
        ActorLoop loop = LoopGroup.Of(system).Loops[0];
        await loop.RunAsync(() => act(loop)).WaitAsync(Deadline);
        await system.Terminate().WaitAsync(Deadline);
        await loop.Loop.Ended.WaitAsync(Deadline);
        return LeftBehind.Of([loop]);
    }
}
