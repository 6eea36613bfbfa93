using Akka.Actor;
using FlexSc.Akka.IO;
using FlexSc.Interop.Calls;
using Xunit;

namespace FlexSc.Akka.Tests.Files;

/// <summary>What somebody is told who asks for what cannot be: errno, call, path and what to do. And what no mistake of a sender's ends.</summary>
public abstract class FileRefusalSpec(string backend) : FileFixture(backend)
{
    private const int NoEntry = 2;
    private const int BadDescriptor = 9;
    private const int Exists = 17;
    private const int CrossDevice = 18;
    private const int NotDirectory = 20;
    private const int IsDirectory = 21;
    private const int Invalid = 22;
    private const int NameTooLong = 36;
    private const int NotEmpty = 39;
    private const int TooManyLinks = 40;

    [SkippableFact]
    public async Task Commands_that_name_a_path()
    {
        string file = MakeFile("file", Pattern(10));
        string other = MakeFile("other", []);
        Directory.CreateDirectory(PathOf("folder/below"));
        File.CreateSymbolicLink(PathOf("circle"), PathOf("circle"));
        foreach ((FlexFile.PathCommand command, int errorNumber, string remedy) in ((FlexFile.PathCommand, int, string)[])
        [
            (new FlexFile.Open(PathOf("missing")), NoEntry, "OpenFlags.Create"),
            (new FlexFile.Open(PathOf("nowhere/file"), OpenFlags.WriteOnly | OpenFlags.Create), NoEntry, "a directory that is there"),
            (new FlexFile.Open(""), NoEntry, "nothing has that name"),
            (new FlexFile.Open(PathOf(new string('n', 300)), OpenFlags.WriteOnly | OpenFlags.Create), NameTooLong, "255 bytes"),
            (new FlexFile.Open(PathOf("file/below")), NotDirectory, "no directory"),
            (new FlexFile.Open(PathOf("folder"), OpenFlags.WriteOnly), IsDirectory, "OpenFlags.Directory"),
            (new FlexFile.Open(file, OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Exclusive), Exists, "OpenFlags.Exclusive"),
            (new FlexFile.Open(PathOf("circle")), TooManyLinks, "symbolic links"),
            (new FlexFile.Open("../other") { Beneath = PathOf("folder") }, CrossDevice, "beneath"),
            (new FlexFile.Open("missing") { Beneath = PathOf("folder") }, NoEntry, "nothing has that name"),
            (new FlexFile.StatPath(PathOf("missing")), NoEntry, "nothing has that name"),
            (new FlexFile.Rename(file, other, RenameFlags.NoReplace), Exists, "RenameFlags.NoReplace"),
            (new FlexFile.Rename(file, PathOf("folder")), IsDirectory, "take another"),
            (new FlexFile.Rename(PathOf("folder"), PathOf("folder/below/it")), Invalid, "below itself"),
            (new FlexFile.Link(file, other), Exists, "name is taken"),
            (new FlexFile.Unlink(PathOf("folder")), IsDirectory, "RemoveDirectory"),
            (new FlexFile.RemoveDirectory(file), NotDirectory, "no directory"),
            (new FlexFile.RemoveDirectory(PathOf("folder")), NotEmpty, "remove that first"),
            (new FlexFile.CreateDirectory(PathOf("folder")), Exists, "name is taken"),
            (new FlexFile.Copy(PathOf("folder"), PathOf("copy")), IsDirectory, "ReadDirectory"),
            (new FlexFile.Copy(file, other), Exists, "take another name"),
            (new FlexFile.Rename(PathOf("folder"), file), NotDirectory, "not of a file"),
            (new FlexFile.RemoveDirectory(PathOf("folder/below/.")), Invalid, "name the directory"),
            (new FlexFile.Watch(PathOf("missing")), NoEntry, "nothing has that name"),
            (new FlexFile.Watch(Folder, FileChanges.None), Invalid, "name changes"),
        ])
        {
            AssertRefused(await AskManagerAsync<FlexFile.CommandFailed>(command), command, errorNumber, remedy);
        }

        Assert.Equal(["circle", "file", "folder", "other"], Directory.EnumerateFileSystemEntries(Folder).Select(System.IO.Path.GetFileName).Order());
        await AssertNothingIsLeftAsync();
    }

    [SkippableFact]
    public async Task Commands_of_a_handle()
    {
        string path = MakeFile("file", Pattern(10));
        IActorRef reading = await OpenAsync(path);
        IActorRef writing = await OpenAsync(path, OpenFlags.WriteOnly);
        IActorRef folder = await OpenAsync(Folder, OpenFlags.Directory);
        foreach ((IActorRef handle, FlexFile.HandleCommand command, int errorNumber, string remedy) in
            ((IActorRef, FlexFile.HandleCommand, int, string)[])
            [
                (writing, new FlexFile.Read(0, 1), BadDescriptor, "OpenFlags.ReadOnly"),
                (reading, new FlexFile.Write(0, Bytes("x")), BadDescriptor, "OpenFlags.WriteOnly"),
                (reading, new FlexFile.WriteMemory(0, "x"u8.ToArray()), BadDescriptor, "OpenFlags.WriteOnly"),
                (reading, new FlexFile.Truncate(0), Invalid, "OpenFlags.WriteOnly"),
                (reading, new FlexFile.Allocate(0, 1), BadDescriptor, "OpenFlags.WriteOnly"),
                (reading, new FlexFile.Lock(FileLockKind.Exclusive), BadDescriptor, "opened for writing"),
                (writing, new FlexFile.Lock(FileLockKind.Shared), BadDescriptor, "opened for reading"),
                (reading, new FlexFile.ReadDirectory(), NotDirectory, "no directory"),
                (folder, new FlexFile.Read(0, 1), IsDirectory, "ReadDirectory"),
            ])
        {
            AssertRefused(await AskAsync<FlexFile.CommandFailed>(handle, command), command, errorNumber, remedy);
        }

        FlexFile.Unlink misled = new(path);
        foreach (IActorRef handle in (IActorRef[])[reading, writing, folder])
        {
            FlexFile.CommandFailed failed = await AskAsync<FlexFile.CommandFailed>(handle, misled);
            Assert.Equal((misled, FileFailure.Invalid), (failed.Command, failed.Reason));
            await CloseAsync(handle);
            Assert.Same(misled, (await AskAsync<FlexFile.CommandFailed>(handle, misled)).Command);
        }

        Assert.Equal(Pattern(10), await File.ReadAllBytesAsync(path));
        await AssertNothingIsLeftAsync();
    }

    [SkippableFact]
    public async Task A_position_that_is_none_is_refused_and_the_file_stays_as_it_is()
    {
        string path = MakeFile("file", Pattern(10));
        IActorRef handle = await OpenAsync(path, OpenFlags.ReadWrite);
        foreach (long position in (long[])[-1, -2, long.MinValue + 1, long.MaxValue])
        {
            foreach (FlexFile.HandleCommand command in (FlexFile.HandleCommand[])
                [new FlexFile.Read(position, 2), new FlexFile.Write(position, Bytes("xx")), new FlexFile.WriteMemory(position, "xx"u8.ToArray())])
            {
                FlexFile.CommandFailed failed = await AskAsync<FlexFile.CommandFailed>(handle, command);
                Assert.Equal(FileFailure.Invalid, failed.Reason);
                Assert.Contains(path, failed.Cause.Message, StringComparison.Ordinal);
            }
        }

        Assert.Equal(FileFailure.Invalid, (await AskAsync<FlexFile.CommandFailed>(handle, new FlexFile.Lock((FileLockKind)9))).Reason);

        // The file's own position is asked for by its name.
        Assert.Equal(Pattern(10)[..4], (await AskAsync<FlexFile.Content>(handle, new FlexFile.Read(FlexFile.CurrentPosition, 4))).Data.ToArray());
        Assert.Equal(Pattern(10)[4..], (await AskAsync<FlexFile.Content>(handle, new FlexFile.Read(FlexFile.CurrentPosition, 40))).Data.ToArray());
        await CloseAsync(handle);
        Assert.Equal(Pattern(10), await File.ReadAllBytesAsync(path));
    }

    [SkippableFact]
    public async Task Commands_without_what_they_are_about()
    {
        Assert.Throws<ArgumentNullException>(() => new FlexFile.Write(0, null!));
        Assert.Throws<ArgumentNullException>(() => new FlexFile.Append(null!));
        foreach (FlexFile.PathCommand command in (FlexFile.PathCommand[])
            [new FlexFile.Open(null!), new FlexFile.StatPath(null!), new FlexFile.Rename(Folder, null!), new FlexFile.Copy(Folder, null!), new FlexFile.Watch(null!)])
        {
            FlexFile.CommandFailed failed = await AskManagerAsync<FlexFile.CommandFailed>(command);
            Assert.Equal((FileFailure.Invalid, command), (failed.Reason, failed.Command));
        }

        await AssertNothingIsLeftAsync();
    }

    [SkippableFact]
    public async Task What_a_watch_does_not_take()
    {
        IActorRef watch = (await AskManagerAsync<FlexFile.Watching>(new FlexFile.Watch(Folder))).Handle;
        FlexFile.Read read = new(0, 1);
        FlexFile.CommandFailed failed = await AskAsync<FlexFile.CommandFailed>(watch, read);
        Assert.Equal((FileFailure.Invalid, read), (failed.Reason, failed.Command));
        watch.Tell(new FlexFile.Cancel(read), Asker);
        Assert.Contains("for the manager", (await AskAsync<FlexFile.CommandFailed>(watch, new FlexFile.Open(Folder))).Cause.Message, StringComparison.Ordinal);
        await CloseAsync(watch);
        foreach (FlexFile.HandleCommand late in (FlexFile.HandleCommand[])[read, new FlexFile.Close()])
        {
            failed = await AskAsync<FlexFile.CommandFailed>(watch, late);
            Assert.Equal((FileFailure.Closed, late), (failed.Reason, failed.Command));
            Assert.Contains(Folder, failed.Cause.Message, StringComparison.Ordinal);
        }

        await AssertNothingIsLeftAsync();
    }

    private void AssertRefused(FlexFile.CommandFailed failed, FlexFile.Command command, int errorNumber, string remedy)
    {
        Assert.Equal((command, FileFailure.Refused, errorNumber), (failed.Command, failed.Reason, failed.ErrorNumber));
        Assert.True(failed.Remedy?.Contains(remedy, StringComparison.Ordinal), $"{failed.Cause.Message} has no remedy with \"{remedy}\"");
        Assert.Contains(failed.Remedy!, failed.Cause.Message, StringComparison.Ordinal);
        if (command is not FlexFile.Open { Path: "" })
        {
            Assert.Contains(Folder, failed.Path, StringComparison.Ordinal);
        }
    }
}

public sealed class FileRefusalOnIoUringSpec() : FileRefusalSpec("io-uring");

public sealed class FileRefusalOnSyscallThreadsSpec() : FileRefusalSpec("syscall-threads");
