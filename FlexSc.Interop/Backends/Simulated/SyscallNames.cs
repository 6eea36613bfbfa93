using System.Globalization;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends.Simulated;

/// <summary>Calls as a trace shows them: without addresses, which differ from run to run.</summary>
internal static class SyscallNames
{
    public static string Of(ushort number) => number switch
    {
        SyscallNumber.PPoll => "ppoll",
        SyscallNumber.Read => "read",
        SyscallNumber.Write => "write",
        SyscallNumber.Close => "close",
        SyscallNumber.PRead64 => "pread64",
        SyscallNumber.PWrite64 => "pwrite64",
        SyscallNumber.Socket => "socket",
        SyscallNumber.Connect => "connect",
        SyscallNumber.SendTo => "sendto",
        SyscallNumber.RecvFrom => "recvfrom",
        SyscallNumber.SendMsg => "sendmsg",
        SyscallNumber.RecvMsg => "recvmsg",
        SyscallNumber.Shutdown => "shutdown",
        SyscallNumber.Bind => "bind",
        SyscallNumber.Listen => "listen",
        SyscallNumber.Accept4 => "accept4",
        SyscallNumber.SetSockOpt => "setsockopt",
        SyscallNumber.GetSockOpt => "getsockopt",
        SyscallNumber.GetSockName => "getsockname",
        SyscallNumber.GetPeerName => "getpeername",
        SyscallNumber.OpenAt => "openat",
        SyscallNumber.OpenAt2 => "openat2",
        SyscallNumber.Statx => "statx",
        SyscallNumber.FSync => "fsync",
        SyscallNumber.FDataSync => "fdatasync",
        SyscallNumber.FTruncate => "ftruncate",
        SyscallNumber.GetDents64 => "getdents64",
        SyscallNumber.MkDirAt => "mkdirat",
        SyscallNumber.UnlinkAt => "unlinkat",
        SyscallNumber.RenameAt2 => "renameat2",
        _ => string.Create(CultureInfo.InvariantCulture, $"call{number}"),
    };

    public static string ArgumentsOf(in SyscallEntry entry) => entry.Number switch
    {
        SyscallNumber.Read or SyscallNumber.Write or SyscallNumber.SendTo or SyscallNumber.RecvFrom =>
            string.Create(CultureInfo.InvariantCulture, $"{(int)entry.Argument0}, {entry.Argument2} bytes"),
        SyscallNumber.PRead64 or SyscallNumber.PWrite64 =>
            string.Create(CultureInfo.InvariantCulture, $"{(int)entry.Argument0}, {entry.Argument2} bytes at {entry.Argument3}"),
        SyscallNumber.OpenAt or SyscallNumber.OpenAt2 or SyscallNumber.MkDirAt or SyscallNumber.UnlinkAt or SyscallNumber.Statx =>
            UserMemory.Text(entry.Argument1),
        SyscallNumber.PPoll => string.Create(CultureInfo.InvariantCulture, $"{entry.Argument1} descriptors"),
        SyscallNumber.Shutdown or SyscallNumber.Listen =>
            string.Create(CultureInfo.InvariantCulture, $"{(int)entry.Argument0}, {entry.Argument1}"),
        _ => ((int)entry.Argument0).ToString(CultureInfo.InvariantCulture),
    };
}
