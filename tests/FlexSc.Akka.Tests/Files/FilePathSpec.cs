using System.Runtime.InteropServices;
using Akka.Actor;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Interop.Calls;
using Tmds.Linux;
using Xunit;

namespace FlexSc.Akka.Tests.Files;

/// <summary>The commands that name a path.</summary>
public abstract partial class FilePathSpec(string backend) : FileFixture(backend, "flexsc.file { max-path-calls = 2, max-queued-path-calls = 3 }")
{
    private const int Exists = 17;
    private const int NoSpace = 28;
    private const int NotEmpty = 39;
    private const int NewNamespaceOfMounts = 0x20000; // CLONE_NEWNS
    private const ulong PrivateBelow = 0x44000; // MS_PRIVATE | MS_REC

    [SkippableFact]
    public async Task Names_are_made_changed_and_removed()
    {
        string first = MakeFile("first", [1]);
        string second = MakeFile("second", [2]);
        await AskManagerAsync<FlexFile.Completed>(new FlexFile.Rename(first, second, RenameFlags.Exchange));
        Assert.Equal((2, 1), (await ByteOfAsync(first), await ByteOfAsync(second)));
        FlexFile.CommandFailed failed = await AskManagerAsync<FlexFile.CommandFailed>(new FlexFile.Rename(first, second, RenameFlags.NoReplace));
        Assert.Equal(Exists, failed.ErrorNumber);
        Assert.Contains(first, failed.Path, StringComparison.Ordinal);
        Assert.Equal("moved", await AskManagerAsync<string>(new FlexFile.Rename(first, second, Ack: "moved")));
        Assert.Equal(2, await ByteOfAsync(second));

        await AskManagerAsync<FlexFile.Completed>(new FlexFile.Link(second, PathOf("linked")));
        FlexFile.Status status = await AskManagerAsync<FlexFile.Status>(new FlexFile.StatPath(PathOf("linked")));
        Assert.Equal((2u, 1L, FileKind.RegularFile), (status.File.LinkCount, status.File.Length, status.File.Kind));
        Assert.Equal(Exists, (await AskManagerAsync<FlexFile.CommandFailed>(new FlexFile.Link(second, PathOf("linked")))).ErrorNumber);
        await AskManagerAsync<FlexFile.Completed>(new FlexFile.Unlink(second));

        await AskManagerAsync<FlexFile.Completed>(new FlexFile.CreateDirectory(PathOf("folder"), UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite));
        MakeFile("folder/file", []);
        Assert.Equal(NotEmpty, (await AskManagerAsync<FlexFile.CommandFailed>(new FlexFile.RemoveDirectory(PathOf("folder")))).ErrorNumber);
        await AskManagerAsync<FlexFile.Completed>(new FlexFile.Unlink(PathOf("folder/file")));
        await AskManagerAsync<FlexFile.Completed>(new FlexFile.RemoveDirectory(PathOf("folder")));
        Assert.Equal(["linked"], Directory.EnumerateFileSystemEntries(Folder).Select(System.IO.Path.GetFileName));
    }

    [SkippableFact]
    public async Task A_copy_is_byte_for_byte_and_spares_what_is_there()
    {
        byte[] content = Pattern(3_000_001);
        string source = MakeFile("source", content);
        FlexFile.Copied copied = await AskManagerAsync<FlexFile.Copied>(new FlexFile.Copy(source, PathOf("target")));
        Assert.Equal(content.Length, copied.Bytes);
        Assert.Equal(content, await System.IO.File.ReadAllBytesAsync(PathOf("target")));
        Assert.Equal(Exists, (await AskManagerAsync<FlexFile.CommandFailed>(new FlexFile.Copy(source, PathOf("target")))).ErrorNumber);

        MakeFile("source", Pattern(10));
        await AskManagerAsync<FlexFile.Copied>(new FlexFile.Copy(source, PathOf("target"), Overwrite: true));
        Assert.Equal(Pattern(10), await System.IO.File.ReadAllBytesAsync(PathOf("target")));
        Assert.Equal(10, (await AskManagerAsync<FlexFile.Copied>(new FlexFile.Copy(source, "/dev/null", Overwrite: true))).Bytes);
        Assert.Equal(FileFailure.Invalid, (await AskManagerAsync<FlexFile.CommandFailed>(new FlexFile.Copy(source, source, Overwrite: true))).Reason);
        Assert.Equal(Pattern(10), await System.IO.File.ReadAllBytesAsync(source));
        await AssertNothingIsLeftAsync();
    }

    [SkippableFact]
    public async Task On_a_full_file_system_writes_tell_how_far_they_came_and_a_copy_leaves_nothing()
    {
        const int SystemBytes = 64 * 1024;
        string full = MountSmallFileSystem(SystemBytes);
        IActorRef handle = await OpenAsync($"{full}/data", OpenFlags.ReadWrite | OpenFlags.Create);
        FlexFile.CommandFailed failed = await AskAsync<FlexFile.CommandFailed>(
            handle, new FlexFile.Write(0, global::Akka.IO.ByteString.FromBytes(Pattern(2 * SystemBytes))));
        Assert.Equal((FileFailure.Refused, NoSpace, $"{full}/data"), (failed.Reason, failed.ErrorNumber, failed.Path));
        Assert.InRange(failed.CompletedBytes, 1, SystemBytes);
        FlexFile.Content content = await AskAsync<FlexFile.Content>(handle, new FlexFile.Read(0, 2 * SystemBytes));
        Assert.Equal(Pattern(2 * SystemBytes)[..(int)failed.CompletedBytes], content.Data.ToArray());

        failed = await AskManagerAsync<FlexFile.CommandFailed>(new FlexFile.Copy(MakeFile("large", Pattern(2 * SystemBytes)), $"{full}/copy"));
        Assert.Equal(NoSpace, failed.ErrorNumber);
        Assert.Contains("full", failed.Remedy, StringComparison.Ordinal);
        Assert.Equal([$"{full}/data"], Directory.EnumerateFiles(full));
        await AskAsync<FlexFile.Completed>(handle, new FlexFile.Truncate(0));
        await AskAsync<FlexFile.Completed>(handle, new FlexFile.Write(0, Bytes("room again")));
        await CloseAsync(handle);
    }

    [SkippableFact]
    public async Task Beyond_the_bounds_a_path_command_fails_as_busy()
    {
        // Opens of a FIFO whose other side never comes keep their places.
        string fifo = MakeFifo();
        FlexFile.Open[] opens = [.. Enumerable.Range(0, 6).Select(_ => new FlexFile.Open(fifo))];
        Array.ForEach(opens, TellManager);
        FlexFile.CommandFailed failed = await Asker.ExpectMsgAsync<FlexFile.CommandFailed>(Deadline);
        Assert.Equal(FileFailure.Busy, failed.Reason);
        Assert.Same(opens[5], failed.Command);
        foreach (FlexFile.Open open in opens[..5].Reverse())
        {
            TellManager(new FlexFile.Cancel(open));
            failed = await Asker.ExpectMsgAsync<FlexFile.CommandFailed>(Deadline);
            Assert.Same(open, failed.Command);
            Assert.Equal(FileFailure.Cancelled, failed.Reason);
        }

        await CloseAsync(await OpenAsync(MakeFile("data", [])));
        await AssertNothingIsLeftAsync();
    }

    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)]
    private static partial int Unshare(int flags);

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Mount(string source, string target, string? type, ulong flags, string? options);

    private static async Task<int> ByteOfAsync(string path) => Assert.Single(await System.IO.File.ReadAllBytesAsync(path));

    /// <summary>A tmpfs that only a descriptor of this process leads to.</summary>
    private string MountSmallFileSystem(int bytes)
    {
        string folder = Directory.CreateDirectory(PathOf("mounted")).FullName;
        int descriptor = -1;
        string? reason = null;
        Thread thread = new(() =>
        {
            // The mounts of this thread alone: they go with it, but for what is open.
            if (Unshare(NewNamespaceOfMounts) != 0 || Mount("none", "/", null, PrivateBelow, null) != 0
                || Mount("none", folder, "tmpfs", 0, $"size={bytes}") != 0)
            {
                reason = $"this process may not mount a small file system (errno {Marshal.GetLastPInvokeError()})";
                return;
            }

            descriptor = OpenFolder(folder);
        });
        thread.Start();
        thread.Join();
        Skip.If(reason is not null, reason);
        _mounted = descriptor;
        return $"/proc/self/fd/{descriptor}";
    }

    private int _mounted = -1;

    private static unsafe int OpenFolder(string folder)
    {
        fixed (byte* native = System.Text.Encoding.UTF8.GetBytes(folder + "\0"))
        {
            return LibC.open(native, LibC.O_RDONLY | LibC.O_DIRECTORY | LibC.O_CLOEXEC);
        }
    }

    protected override void AfterAll()
    {
        if (_mounted >= 0)
        {
            Assert.Equal(0, LibC.close(_mounted));
        }

        base.AfterAll();
    }
}

public sealed class FilePathOnIoUringSpec() : FilePathSpec("io-uring");

public sealed class FilePathOnSyscallThreadsSpec() : FilePathSpec("syscall-threads");
