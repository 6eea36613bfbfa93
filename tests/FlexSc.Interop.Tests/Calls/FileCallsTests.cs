using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Tests.Loop;
using Xunit;

namespace FlexSc.Interop.Tests.Calls;

[SupportedOSPlatform("linux")]
public sealed class FileCallsTests : IDisposable
{
    private const int ErrnoNoEntry = 2;
    private const int ErrnoBadDescriptor = 9;
    private const int ErrnoExists = 17;
    private const int ErrnoIsDirectory = 21;
    private const int ErrnoInvalid = 22;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task A_file_is_made_written_read_and_cut()
    {
        string path = _folder["füll-文件"];
        using SyscallLoop loop = LoopFixture.Start();
        await loop.AwaitAsync(async owner =>
        {
            int file = await owner.OpenAsync(path, OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Exclusive);
            Assert.Equal(5, await owner.WriteAsync(file, "hello"u8.ToArray(), 0));
            Assert.Equal(5, await owner.WriteAsync(file, "world"u8.ToArray(), 5));
            byte[] buffer = new byte[16];
            Assert.Equal(6, await owner.ReadAsync(file, buffer.AsMemory(1), 4));
            Assert.Equal("\0oworld\0"u8, buffer.AsSpan(0, 8));
            Assert.Equal(0, await owner.ReadAsync(file, buffer, 10));
            await owner.FsyncAsync(file);
            await owner.FsyncAsync(file, dataOnly: true);
            await owner.TruncateAsync(file, 3);
            await owner.CloseAsync(file);
        });
        Assert.Equal("hel", await File.ReadAllTextAsync(path));

        await loop.AwaitAsync(owner => owner.TruncateAsync(path, 5).AsTask());
        Assert.Equal("hel\0\0", await File.ReadAllTextAsync(path));
    }

    [SkippableFact]
    public async Task The_files_own_position_moves_on()
    {
        string path = _folder["file"];
        await File.WriteAllTextAsync(path, "abcdef");
        using SyscallLoop loop = LoopFixture.Start();
        await loop.AwaitAsync(async owner =>
        {
            int file = await owner.OpenAsync(path, OpenFlags.ReadWrite);
            byte[] buffer = new byte[2];
            Assert.Equal(2, await owner.ReadAsync(file, buffer, FileTransferCalls.CurrentPosition));
            Assert.Equal(2, await owner.ReadAsync(file, buffer, FileTransferCalls.CurrentPosition));
            Assert.Equal("cd"u8, buffer);
            Assert.Equal(1, await owner.WriteAsync(file, "E"u8.ToArray(), FileTransferCalls.CurrentPosition));
            await owner.CloseAsync(file);
        });
        Assert.Equal("abcdEf", await File.ReadAllTextAsync(path));
    }

    [SkippableFact]
    public async Task Native_memory_is_read_into_and_written_from()
    {
        string path = _folder["file"];
        await File.WriteAllTextAsync(path, "abcdef");
        using SyscallLoop loop = LoopFixture.Start();
        nint memory = Marshal.AllocHGlobal(8);
        try
        {
            await loop.AwaitAsync(async owner =>
            {
                int file = await owner.OpenAsync(path, OpenFlags.ReadWrite);
                Assert.Equal(6, await owner.ReadAsync(file, memory, 8, 0));
                Assert.Equal(3, await owner.WriteAsync(file, memory + 3, 3, 0));
                await owner.CloseAsync(file);
            });
        }
        finally
        {
            Marshal.FreeHGlobal(memory);
        }

        Assert.Equal("defdef", await File.ReadAllTextAsync(path));
    }

    [SkippableFact]
    public async Task The_status_is_what_the_runtime_reads()
    {
        string path = _folder["file"];
        await File.WriteAllTextAsync(path, "0123456789");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.GroupWrite | UnixFileMode.StickyBit);
        File.SetLastWriteTimeUtc(path, new DateTime(1965, 4, 5, 6, 7, 8, 123, DateTimeKind.Utc));
        File.CreateSymbolicLink(_folder["link"], path);
        using SyscallLoop loop = LoopFixture.Start();
        await loop.AwaitAsync(async owner =>
        {
            FileStatus status = await owner.StatAsync(path);
            FileInfo info = new(path);
            Assert.Equal(FileKind.RegularFile, status.Kind);
            Assert.Equal(info.UnixFileMode, status.Permissions);
            Assert.Equal(info.Length, status.Length);
            Assert.Equal(info.LastWriteTimeUtc, status.Modified.ToDateTimeOffset().UtcDateTime);
            Assert.Equal(info.LastAccessTimeUtc, status.Accessed.ToDateTimeOffset().UtcDateTime);
            Assert.Equal(1u, status.LinkCount);
            Assert.InRange(status.AllocatedBytes, 0, 1 << 20);
            Assert.True(status.StatusChanged.ToDateTimeOffset() > DateTimeOffset.UnixEpoch.AddYears(50));

            Assert.Equal(status, await owner.StatAsync(_folder["link"]));
            FileStatus link = await owner.StatAsync(_folder["link"], followLink: false);
            Assert.Equal(FileKind.SymbolicLink, link.Kind);
            Assert.NotEqual(status.Inode, link.Inode);
            Assert.Equal(FileKind.Directory, (await owner.StatAsync(_folder.Path)).Kind);
            Assert.Equal(FileKind.CharacterDevice, (await owner.StatAsync("/dev/null")).Kind);

            int file = await owner.OpenAsync(path, OpenFlags.ReadOnly);
            Assert.Equal(status, await owner.StatAsync(file));
            await owner.CloseAsync(file);
        });
    }

    [SkippableFact]
    public async Task Names_are_changed_and_removed()
    {
        await File.WriteAllTextAsync(_folder["a"], "a");
        await File.WriteAllTextAsync(_folder["b"], "b");
        using SyscallLoop loop = LoopFixture.Start();
        await loop.FailsAsync(ErrnoExists, "renameat2", $"{_folder["a"]} to {_folder["b"]}",
            owner => owner.RenameAsync(_folder["a"], _folder["b"], RenameFlags.NoReplace).AsTask());
        await loop.AwaitAsync(owner => owner.RenameAsync(_folder["a"], _folder["b"], RenameFlags.Exchange).AsTask());
        Assert.Equal("b", await File.ReadAllTextAsync(_folder["a"]));
        await loop.AwaitAsync(owner => owner.RenameAsync(_folder["a"], _folder["b"]).AsTask());
        Assert.Equal("b", await File.ReadAllTextAsync(_folder["b"]));
        await loop.AwaitAsync(owner => owner.UnlinkAsync(_folder["b"]).AsTask());
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [SkippableFact]
    public async Task A_new_file_has_the_permissions_that_were_asked_for()
    {
        using SyscallLoop loop = LoopFixture.Start();
        await loop.AwaitAsync(async owner =>
        {
            int file = await owner.OpenAsync(_folder["file"], OpenFlags.WriteOnly | OpenFlags.Create, UnixFileMode.UserWrite);
            await owner.CloseAsync(file);
        });
        Assert.Equal(UnixFileMode.UserWrite, File.GetUnixFileMode(_folder["file"]));
    }

    [SkippableFact]
    public async Task Failures_name_the_call_and_the_object()
    {
        string missing = _folder["missing"];
        using SyscallLoop loop = LoopFixture.Start();
        await loop.FailsAsync(ErrnoNoEntry, "openat", missing, owner => owner.OpenAsync(missing, OpenFlags.ReadOnly).AsTask());
        await loop.FailsAsync(ErrnoNoEntry, "statx", missing, owner => owner.StatAsync(missing).AsTask());
        await loop.FailsAsync(ErrnoNoEntry, "unlinkat", missing, owner => owner.UnlinkAsync(missing).AsTask());
        await loop.FailsAsync(ErrnoIsDirectory, "truncate", _folder.Path, owner => owner.TruncateAsync(_folder.Path, 0).AsTask());
        await loop.FailsAsync(ErrnoBadDescriptor, "close", "file descriptor 2147483647", owner => owner.CloseAsync(int.MaxValue).AsTask());
        await loop.FailsAsync(ErrnoBadDescriptor, "statx", "file descriptor 2147483647", owner => owner.StatAsync(int.MaxValue).AsTask());
        await loop.FailsAsync(ErrnoBadDescriptor, "pread64", "file descriptor 2147483647", owner => owner.ReadAsync(int.MaxValue, new byte[1], 0).AsTask());
        await loop.FailsAsync(ErrnoBadDescriptor, "fsync", "file descriptor 2147483647", owner => owner.FsyncAsync(int.MaxValue).AsTask());
        await loop.FailsAsync(ErrnoInvalid, "pwrite64", "file descriptor 1", owner => owner.WriteAsync(1, new byte[1], -7).AsTask());
    }

    [SkippableFact]
    public async Task Zero_bytes_are_read_from_no_memory()
    {
        using SyscallLoop loop = LoopFixture.Start();
        await loop.AwaitAsync(async owner =>
        {
            int file = await owner.OpenAsync("/dev/zero", OpenFlags.ReadOnly);
            Assert.Equal(0, await owner.ReadAsync(file, Memory<byte>.Empty, 0));
            await owner.CloseAsync(file);
        });
    }

    [SkippableFact]
    public async Task A_path_that_the_kernel_would_misread_is_refused()
    {
        using SyscallLoop loop = LoopFixture.Start();
        await loop.AwaitAsync(async owner =>
        {
            long before = owner.Submissions;
            await Assert.ThrowsAsync<ArgumentException>(() => owner.OpenAsync("/etc/passwd\0.txt", OpenFlags.ReadOnly).AsTask());
            await Assert.ThrowsAsync<ArgumentException>(() => owner.RenameAsync(_folder["a"], "b\0").AsTask());
            await Assert.ThrowsAsync<ArgumentException>(() => owner.UnlinkAsync("half of a pair: \ud800").AsTask());
            Assert.Equal(before, owner.Submissions);
        });
    }

    [SkippableFact]
    public async Task A_pipe_is_read_at_its_own_position()
    {
        using SyscallLoop loop = LoopFixture.Start();
        using System.IO.Pipes.AnonymousPipeServerStream pipe = new(System.IO.Pipes.PipeDirection.Out);
        int reader = (int)pipe.ClientSafePipeHandle.DangerousGetHandle();
        await pipe.WriteAsync("pipe"u8.ToArray());
        byte[] buffer = new byte[8];
        Assert.Equal(4, await loop.AwaitAsync(owner => owner.ReadAsync(reader, buffer, FileTransferCalls.CurrentPosition).AsTask()));
    }
}
