using Akka.Actor;
using Akka.Configuration;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Calls;
using Tmds.Linux;
using Xunit;

namespace FlexSc.Akka.Tests.Files;

/// <summary>A system with FlexSC files over one backend, a probe that asks, and a directory of its own.</summary>
public abstract class FileFixture : FlexScSpec
{
    private const string CommonConfig = """
        akka.loglevel = WARNING
        akka.actor.serialize-messages = on
        akka.actor.serialize-creators = on
        akka.test.single-expect-default = 30s
        flexsc.loops { count = 1, pin = off }
        """;

    protected FileFixture(string backend, string extraConfig = "")
        : base(ConfigurationFactory.ParseString($"{extraConfig}\nflexsc.loops.backend = {backend}").WithFallback(CommonConfig))
    {
        Folder = Directory.CreateTempSubdirectory("flexsc-files-").FullName;
        Asker = CreateTestProbe();
    }

    protected static TimeSpan Deadline => TimeSpan.FromSeconds(30);

    /// <summary>Where the test's files are.</summary>
    protected string Folder { get; }

    protected TestProbe Asker { get; }

    internal ActorLoop Loop => LoopGroup.Of(Sys).Loops[0];

    protected string PathOf(string name) => System.IO.Path.Combine(Folder, name);

    protected string MakeFile(string name, byte[] content)
    {
        string path = PathOf(name);
        System.IO.File.WriteAllBytes(path, content);
        return path;
    }

    /// <summary>A FIFO of this user's alone.</summary>
    protected unsafe string MakeFifo()
    {
        string path = PathOf("fifo");
        fixed (byte* native = System.Text.Encoding.UTF8.GetBytes(path + "\0"))
        {
            Assert.Equal(0, LibC.mkfifo(native, 0x180));
        }

        return path;
    }

    protected void TellManager(object command) => Sys.FlexFile().Tell(command, Asker);

    protected async Task<T> AskManagerAsync<T>(object command)
    {
        TellManager(command);
        return await Asker.ExpectMsgAsync<T>(Deadline);
    }

    protected async Task<T> AskAsync<T>(IActorRef handle, object command)
    {
        handle.Tell(command, Asker);
        return await Asker.ExpectMsgAsync<T>(Deadline);
    }

    protected async Task<IActorRef> OpenAsync(string path, OpenFlags flags = OpenFlags.ReadOnly) =>
        (await AskManagerAsync<FlexFile.Opened>(new FlexFile.Open(path, flags))).Handle;

    /// <summary>Closes, and waits for the end as one who watches sees it.</summary>
    protected async Task CloseAsync(IActorRef handle)
    {
        await Asker.WatchAsync(handle);
        handle.Tell(new FlexFile.Close(), Asker);
        await Asker.ExpectMsgAsync<FlexFile.Closed>(Deadline);
        await Asker.ExpectTerminatedAsync(handle, Deadline);
    }

    /// <summary>Waits until the loop is back to no handle, request, transfer or reserved entry, and no file of the folder is open.</summary>
    protected async Task AssertNothingIsLeftAsync() => await AwaitAssertAsync(
        async () =>
        {
            (int requests, long bytes, int reserved) = await Loop.RunAsync(() => Task.FromResult(
                (Loop.Io.Files.OutstandingRequests, Loop.Io.Files.TransferBytes, Loop.Loop.ReservedEntries)));
            Assert.Equal((0, 0L, 0), (requests, bytes, reserved));
            Assert.Empty(OpenFiles());
        },
        Deadline);

    /// <summary>Files of the folder that this process has open.</summary>
    protected IReadOnlyList<string> OpenFiles() => [.. Directory.EnumerateFiles("/proc/self/fd").Select(TargetOf)
        .Where(target => target.StartsWith(Folder, StringComparison.Ordinal))];

    protected static byte[] Pattern(int bytes, int seed = 1)
    {
        byte[] content = new byte[bytes];
        new Random(seed).NextBytes(content);
        return content;
    }

    protected static ByteString Bytes(string text) => ByteString.FromString(text);

    protected override void AfterAll()
    {
        base.AfterAll();
        Directory.Delete(Folder, recursive: true);
    }

    private static string TargetOf(string descriptor)
    {
        try
        {
            return new FileInfo(descriptor).LinkTarget ?? "";
        }
        catch (IOException)
        {
            // It was closed meanwhile.
            return "";
        }
    }
}
