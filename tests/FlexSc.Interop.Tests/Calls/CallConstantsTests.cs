using System.Runtime.InteropServices;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Tests.Page;
using Xunit;

namespace FlexSc.Interop.Tests.Calls;

public sealed class CallConstantsTests
{
    [SkippableTheory]
    [InlineData(HeadersOf.X64)]
    [InlineData(HeadersOf.Arm64)]
    public void Flags_and_options_are_those_of_the_system_headers(HeadersOf architecture)
    {
        OpenFlagBits open = architecture == HeadersOf.Arm64 ? OpenFlagBits.Arm64 : OpenFlagBits.X64;
        long Native(OpenFlags flags) => open.FromX64((long)flags);
        Dictionary<string, long> mirror = new()
        {
            ["O_RDONLY"] = Native(OpenFlags.ReadOnly),
            ["O_WRONLY"] = Native(OpenFlags.WriteOnly),
            ["O_RDWR"] = Native(OpenFlags.ReadWrite),
            ["O_CREAT"] = Native(OpenFlags.Create),
            ["O_EXCL"] = Native(OpenFlags.Exclusive),
            ["O_NOCTTY"] = Native(OpenFlags.NoControllingTerminal),
            ["O_LARGEFILE"] = open.LargeFile,
            ["O_CLOEXEC"] = FileCalls.CloseOnExec,
            ["RESOLVE_BENEATH"] = (long)OpenBeneathCalls.ResolveBeneath,
            ["RESOLVE_NO_MAGICLINKS"] = (long)OpenBeneathCalls.ResolveNoMagicLinks,
            ["sizeof(struct open_how)"] = Marshal.SizeOf<NativeOpenHow>(),
            ["O_TRUNC"] = Native(OpenFlags.Truncate),
            ["O_APPEND"] = Native(OpenFlags.Append),
            ["O_NONBLOCK"] = Native(OpenFlags.NonBlocking),
            ["O_DSYNC"] = Native(OpenFlags.DataSync),
            ["O_DIRECT"] = Native(OpenFlags.Direct),
            ["O_DIRECTORY"] = Native(OpenFlags.Directory),
            ["O_NOFOLLOW"] = Native(OpenFlags.NoFollow),
            ["O_PATH"] = Native(OpenFlags.PathOnly),
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
        };
        CompilerProbe.AddOffsets<NativeOpenHow>(mirror, "open_how", ("flags", "Flags"), ("mode", "Mode"), ("resolve", "Resolve"));
        AddOption(mirror, "SOL_SOCKET", SocketOption.ReuseAddress, SocketOption.Error, SocketOption.SendBufferBytes, SocketOption.ReceiveBufferBytes,
            SocketOption.KeepAlive, SocketOption.Linger, SocketOption.ReusePort);
        AddOption(mirror, "IPPROTO_TCP", SocketOption.NoDelay);
        AddOption(mirror, "IPPROTO_IPV6", SocketOption.IPv6Only);
        string[] includes =
        [
            "<linux/fcntl.h>", "<linux/fs.h>", "<linux/openat2.h>", "<dirent.h>", "<sys/socket.h>", "<sys/stat.h>", "<netinet/in.h>", "<netinet/tcp.h>",
        ];
        CompilerProbe.Compare(architecture, mirror, includes);
    }

    [Fact]
    public void Flags_that_both_architectures_have_alike_stay_and_the_others_have_their_own_bits()
    {
        OpenFlags all = Enum.GetValues<OpenFlags>().Aggregate(static (sum, flag) => sum | flag);
        Assert.Equal((long)all, OpenFlagBits.X64.FromX64((long)all));
        long moved = OpenFlagBits.Arm64.FromX64((long)all);
        Assert.Equal(
            (long)(all & ~(OpenFlags.Direct | OpenFlags.Directory | OpenFlags.NoFollow))
                | OpenFlagBits.Arm64.Direct | OpenFlagBits.Arm64.Directory | OpenFlagBits.Arm64.NoFollow,
            moved);
    }

    [SkippableTheory]
    [InlineData(HeadersOf.X64)]
    [InlineData(HeadersOf.Arm64)]
    public void The_status_has_the_layout_of_the_system_header(HeadersOf architecture)
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
        CompilerProbe.Compare(architecture, mirror, "<linux/stat.h>");
    }

    private static void AddOption(Dictionary<string, long> mirror, string level, params SocketOption[] options)
    {
        foreach (SocketOption option in options)
        {
            mirror[level] = option.Level;
            mirror[option.Name] = option.Number;
        }
    }
}
