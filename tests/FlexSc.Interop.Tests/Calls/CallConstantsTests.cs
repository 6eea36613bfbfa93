using System.Runtime.InteropServices;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Tests.Page;
using Xunit;

namespace FlexSc.Interop.Tests.Calls;

public sealed class CallConstantsTests
{
    [SkippableFact]
    public void Flags_options_and_numbers_are_those_of_the_system_headers()
    {
        Dictionary<string, long> mirror = new()
        {
            ["O_RDONLY"] = (long)OpenFlags.ReadOnly,
            ["O_WRONLY"] = (long)OpenFlags.WriteOnly,
            ["O_RDWR"] = (long)OpenFlags.ReadWrite,
            ["O_CREAT"] = (long)OpenFlags.Create,
            ["O_EXCL"] = (long)OpenFlags.Exclusive,
            ["O_NOCTTY"] = (long)OpenFlags.NoControllingTerminal,
            ["O_CLOEXEC"] = FileCalls.CloseOnExec,
            ["RESOLVE_BENEATH"] = (long)OpenBeneathCalls.ResolveBeneath,
            ["RESOLVE_NO_MAGICLINKS"] = (long)OpenBeneathCalls.ResolveNoMagicLinks,
            ["sizeof(struct open_how)"] = Marshal.SizeOf<NativeOpenHow>(),
            ["O_TRUNC"] = (long)OpenFlags.Truncate,
            ["O_APPEND"] = (long)OpenFlags.Append,
            ["O_NONBLOCK"] = (long)OpenFlags.NonBlocking,
            ["O_DSYNC"] = (long)OpenFlags.DataSync,
            ["O_DIRECT"] = (long)OpenFlags.Direct,
            ["O_DIRECTORY"] = (long)OpenFlags.Directory,
            ["O_NOFOLLOW"] = (long)OpenFlags.NoFollow,
            ["O_PATH"] = (long)OpenFlags.PathOnly,
            ["RENAME_NOREPLACE"] = (long)RenameFlags.NoReplace,
            ["RENAME_EXCHANGE"] = (long)RenameFlags.Exchange,
            ["AT_FDCWD"] = NativePath.WorkingDirectory,
            ["AT_SYMLINK_NOFOLLOW"] = FileStatusCalls.SymbolicLinkNoFollow,
            ["AT_EMPTY_PATH"] = NativeStatus.EmptyPath,
            ["MSG_PEEK"] = (long)TransferFlags.Peek,
            ["MSG_DONTWAIT"] = (long)TransferFlags.DontWait,
            ["MSG_WAITALL"] = (long)TransferFlags.WaitAll,
            ["S_IFREG >> 12"] = (long)FileKind.RegularFile,
            ["S_IFDIR >> 12"] = (long)FileKind.Directory,
            ["S_IFLNK >> 12"] = (long)FileKind.SymbolicLink,
            ["S_IFSOCK >> 12"] = (long)FileKind.Socket,
            ["S_IFIFO >> 12"] = (long)FileKind.Pipe,
            ["S_IFCHR >> 12"] = (long)FileKind.CharacterDevice,
            ["S_IFBLK >> 12"] = (long)FileKind.BlockDevice,
            ["DT_REG"] = (long)FileKind.RegularFile,
            ["DT_UNKNOWN"] = (long)FileKind.Unknown,
            ["sizeof(struct sockaddr_storage)"] = NativeSocketAddress.MaxBytes,
            ["SYS_truncate"] = SyscallNumber.Truncate,
            ["SYS_ftruncate"] = SyscallNumber.FTruncate,
            ["SYS_getdents64"] = SyscallNumber.GetDents64,
        };
        CompilerProbe.AddOffsets<NativeOpenHow>(mirror, "open_how", ("flags", "Flags"), ("mode", "Mode"), ("resolve", "Resolve"));
        AddOption(mirror, "SOL_SOCKET", SocketOption.ReuseAddress, SocketOption.Error, SocketOption.SendBufferBytes, SocketOption.ReceiveBufferBytes,
            SocketOption.KeepAlive, SocketOption.Linger, SocketOption.ReusePort);
        AddOption(mirror, "IPPROTO_TCP", SocketOption.NoDelay);
        AddOption(mirror, "IPPROTO_IPV6", SocketOption.IPv6Only);
        string[] includes =
        [
            "<linux/fcntl.h>", "<linux/fs.h>", "<linux/openat2.h>", "<dirent.h>", "<sys/socket.h>", "<sys/stat.h>", "<sys/syscall.h>", "<netinet/in.h>", "<netinet/tcp.h>",
        ];
        Compare(mirror, includes);
    }

    [SkippableFact]
    public void The_status_has_the_layout_of_the_system_header()
    {
        Dictionary<string, long> mirror = new()
        {
            ["sizeof(struct statx)"] = Marshal.SizeOf<NativeStatus>(),
            ["sizeof(struct statx_timestamp)"] = Marshal.SizeOf<NativeTime>(),
            ["STATX_BASIC_STATS"] = NativeStatus.MaskBasic,
            ["STATX_BTIME"] = NativeStatus.MaskCreated,
        };
        CompilerProbe.AddOffsets<NativeStatus>(mirror, "statx", ("stx_mask", "Mask"), ("stx_nlink", "LinkCount"), ("stx_uid", "UserId"),
            ("stx_gid", "GroupId"), ("stx_mode", "Mode"), ("stx_ino", "Inode"), ("stx_size", "Length"), ("stx_blocks", "Blocks"),
            ("stx_atime", "Accessed"), ("stx_btime", "Created"), ("stx_ctime", "StatusChanged"), ("stx_mtime", "Modified"),
            ("stx_dev_major", "DeviceMajor"), ("stx_dev_minor", "DeviceMinor"));
        CompilerProbe.AddOffsets<NativeTime>(mirror, "statx_timestamp", ("tv_sec", "Seconds"), ("tv_nsec", "Nanoseconds"));
        Compare(mirror, ["<linux/stat.h>"]);
    }

    private static void AddOption(Dictionary<string, long> mirror, string level, params SocketOption[] options)
    {
        foreach (SocketOption option in options)
        {
            mirror[level] = option.Level;
            mirror[option.Name] = option.Number;
        }
    }

    private static void Compare(Dictionary<string, long> mirror, string[] includes)
    {
        IReadOnlyDictionary<string, long> header = CompilerProbe.Evaluate(includes, mirror.Keys);
        Assert.Equal(mirror.OrderBy(pair => pair.Key, StringComparer.Ordinal), header.OrderBy(pair => pair.Key, StringComparer.Ordinal));
    }
}
