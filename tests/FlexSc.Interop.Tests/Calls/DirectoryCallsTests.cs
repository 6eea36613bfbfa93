using System.Globalization;
using System.Net.Sockets;
using System.Runtime.Versioning;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Tests.Loop;
using Xunit;

namespace FlexSc.Interop.Tests.Calls;

[SupportedOSPlatform("linux")]
public sealed class DirectoryCallsTests : IDisposable
{
    private const int ErrnoExists = 17;
    private const int ErrnoNotDirectory = 20;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task A_directory_of_many_batches_is_read_in_full()
    {
        const int fileCount = 700;
        const int nameLength = 200;
        Assert.True(fileCount * nameLength > 3 * DirectoryCalls.BatchBytes);
        for (int i = 0; i < fileCount; i++)
        {
            await File.WriteAllBytesAsync(_folder[i.ToString(CultureInfo.InvariantCulture).PadLeft(nameLength, 'n')], []);
        }

        using SyscallLoop loop = LoopFixture.Start();
        List<DirectoryEntry> entries = await loop.AwaitAsync(owner => ReadAsync(owner, _folder.Path));
        Assert.Equal(
            Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal),
            entries.Select(entry => entry.Name).Order(StringComparer.Ordinal));
        Assert.All(entries, entry => Assert.True(entry.IsNameExact));
    }

    [SkippableFact]
    public async Task Each_entry_tells_what_it_is()
    {
        await File.WriteAllBytesAsync(_folder["file"], []);
        Directory.CreateDirectory(_folder["directory"]);
        File.CreateSymbolicLink(_folder["link"], "file");
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(_folder["socket"]));
        using SyscallLoop loop = LoopFixture.Start();
        Dictionary<string, DirectoryEntry> entries =
            (await loop.AwaitAsync(owner => ReadAsync(owner, _folder.Path))).ToDictionary(entry => entry.Name);
        Assert.Equal(["directory", "file", "link", "socket"], entries.Keys.Order(StringComparer.Ordinal));
        Skip.If(entries["file"].Kind == FileKind.Unknown, "this file system does not tell what an entry is");
        Assert.Equal(FileKind.RegularFile, entries["file"].Kind);
        Assert.Equal(FileKind.Directory, entries["directory"].Kind);
        Assert.Equal(FileKind.SymbolicLink, entries["link"].Kind);
        Assert.Equal(FileKind.Socket, entries["socket"].Kind);
        Assert.Equal((await loop.AwaitAsync(owner => owner.StatAsync(_folder["file"]).AsTask())).Inode, entries["file"].Inode);
    }

    [SkippableFact]
    public async Task A_name_that_is_not_UTF8_says_so()
    {
        using SyscallLoop loop = LoopFixture.Start();
        await loop.AwaitAsync(async owner =>
        {
            int directory = await owner.OpenAsync(_folder.Path, OpenFlags.ReadOnly | OpenFlags.Directory);
            using (NativeBlock name = NativeBlock.Copy([(byte)'x', 0xff, 0]))
            {
                long file = await owner.SubmitAsync(SyscallNumber.OpenAt, directory, name.Address, (long)(OpenFlags.WriteOnly | OpenFlags.Create), 0x180);
                Assert.True(file >= 0);
                await owner.CloseAsync((int)file);
                DirectoryEntry entry = Assert.Single(await ReadAsync(owner, _folder.Path));
                Assert.False(entry.IsNameExact);
                Assert.Equal("x\ufffd", entry.Name);
                Assert.Equal(0, await owner.SubmitAsync(SyscallNumber.UnlinkAt, directory, name.Address));
            }

            await owner.CloseAsync(directory);
        });
    }

    [SkippableFact]
    public async Task Directories_are_made_and_removed()
    {
        string path = _folder["new"];
        using SyscallLoop loop = LoopFixture.Start();
        await loop.AwaitAsync(owner => owner.MakeDirectoryAsync(path, UnixFileMode.UserRead | UnixFileMode.UserExecute).AsTask());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserExecute, File.GetUnixFileMode(path));
        await loop.FailsAsync(ErrnoExists, "mkdirat", path, owner => owner.MakeDirectoryAsync(path).AsTask());
        await loop.AwaitAsync(owner => owner.UnlinkAsync(path, directory: true).AsTask());
        Assert.False(Directory.Exists(path));
    }

    [SkippableFact]
    public async Task What_is_no_directory_is_refused_by_the_kernel()
    {
        await File.WriteAllBytesAsync(_folder["file"], []);
        using SyscallLoop loop = LoopFixture.Start();
        await loop.FailsAsync(ErrnoNotDirectory, "openat", _folder["file"], owner => ReadAsync(owner, _folder["file"]));
    }

    [SkippableFact]
    public async Task Leaving_the_enumeration_closes_the_directory()
    {
        await File.WriteAllBytesAsync(_folder["one"], []);
        await File.WriteAllBytesAsync(_folder["two"], []);
        using SyscallLoop loop = LoopFixture.Start();
        await loop.AwaitAsync(async owner =>
        {
            await foreach (DirectoryEntry _ in owner.ReadDirectoryAsync(_folder.Path))
            {
                Assert.Contains(_folder.Path, OpenPaths());
                break;
            }

            Assert.DoesNotContain(_folder.Path, OpenPaths());
        });
    }

    [SkippableFact]
    public async Task A_cancelled_token_ends_the_enumeration_and_closes_the_directory()
    {
        await File.WriteAllBytesAsync(_folder["one"], []);
        using SyscallLoop loop = LoopFixture.Start();
        using CancellationTokenSource source = new();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => loop.AwaitAsync(async owner =>
        {
            await foreach (DirectoryEntry _ in owner.ReadDirectoryAsync(_folder.Path, source.Token))
            {
                Assert.Contains(_folder.Path, OpenPaths());
                await source.CancelAsync();
            }
        }));
        Assert.DoesNotContain(_folder.Path, OpenPaths());
    }

    // Not GetFiles, which leaves out links to directories.
    private static List<string?> OpenPaths() =>
        Directory.GetFileSystemEntries("/proc/self/fd").Select(link => new FileInfo(link).LinkTarget).ToList();

    private static async Task<List<DirectoryEntry>> ReadAsync(SyscallLoop owner, string path)
    {
        List<DirectoryEntry> entries = [];
        await foreach (DirectoryEntry entry in owner.ReadDirectoryAsync(path))
        {
            entries.Add(entry);
        }

        return entries;
    }
}
