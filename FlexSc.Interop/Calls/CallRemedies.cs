using FlexSc.Interop.Linux;

namespace FlexSc.Interop.Calls;

/// <summary>What whoever made a call, or runs the program, can do about the kernel's refusal. From any thread.</summary>
internal static class CallRemedies
{
    private const string OpenedForReading = "it was opened for reading only: open it with OpenFlags.WriteOnly or OpenFlags.ReadWrite";

    /// <summary>What is known for an errno of a call; null for nothing.</summary>
    public static string? Of(string call, int errorNumber) => (call switch
    {
        "openat" or "openat2" => OfOpening(errorNumber),
        "read" or "pread64" or "copy_file_range" => OfReading(errorNumber),
        "write" or "pwrite64" or "fallocate" or "ftruncate" => OfWriting(errorNumber),
        "renameat2" or "linkat" or "mkdirat" or "unlinkat" or "getdents64" or "fcntl" => OfNames(call, errorNumber),
        "bind" => OfBinding(errorNumber),
        "connect" => OfConnecting(errorNumber),
        "sendto" or "sendmsg" => OfSending(errorNumber),
        _ => null,
    }) ?? OfAnyCall(errorNumber);

    private static string? OfOpening(int errorNumber) => errorNumber switch
    {
        Errno.NoEntry => "nothing has that name: OpenFlags.Create makes the file, in a directory that is there",
        Errno.Exists => "the file is there already: open it without OpenFlags.Exclusive, or take another name",
        Errno.NoSuchDevice => "it is a socket, a device without a driver, or a FIFO that nobody reads: a socket takes a connection",
        RareErrno.IsDirectory => "it is a directory: open it with OpenFlags.Directory, to read its names",
        RareErrno.CrossDevice => "the path leads out of the directory that it is to stay beneath, or is an absolute one",
        RareErrno.TextBusy => "the file is a program that runs: write another one beside it, and rename that",
        _ => null,
    };

    private static string? OfReading(int errorNumber) => errorNumber switch
    {
        Errno.BadDescriptor => "it was opened for writing only: open it with OpenFlags.ReadOnly or OpenFlags.ReadWrite",
        RareErrno.IsDirectory => "it is a directory, which has names and no bytes: use ReadDirectory",
        _ => null,
    };

    private static string? OfWriting(int errorNumber) => errorNumber switch
    {
        Errno.BadDescriptor => OpenedForReading,
        Errno.Invalid => $"{OpenedForReading}; or it does not take this length, range or flag",
        RareErrno.BrokenPipe => "nobody reads it any more",
        RareErrno.NotSupported => "its file system cannot do that (df -T tells which it is)",
        _ => null,
    };

    private static string? OfNames(string call, int errorNumber) => (errorNumber, call) switch
    {
        (Errno.Exists, "renameat2") => "the new name is taken: take another, or leave RenameFlags.NoReplace out",
        (Errno.Exists, _) => "the name is taken: take another, or remove what has it",
        (Errno.Invalid, "unlinkat") => "the path ends with \".\": name the directory",
        (Errno.Invalid, "renameat2") => "a directory cannot go below itself, and one of the RenameFlags is taken at a time, where the file system knows it",
        (RareErrno.CrossDevice, _) => "the names are on different file systems: copy the file, and remove the old one",
        (RareErrno.IsDirectory, "renameat2") => "the new name is that of a directory: take another",
        (RareErrno.IsDirectory, _) => "it is a directory: RemoveDirectory removes it",
        (RareErrno.NotDirectory, "getdents64") => "it is no directory: Read reads its bytes",
        (RareErrno.NotDirectory, "unlinkat") => "it, or a part of its path, is no directory: Unlink removes a file",
        (RareErrno.NotDirectory, "renameat2") => "a directory goes in the place of a directory, not of a file; or a part of a path is no directory",
        (Errno.NotPermitted, "linkat") => "a directory has one name only; of other users' files see sysctl fs.protected_hardlinks",
        (Errno.BadDescriptor, "fcntl") => "an exclusive lock takes a file that was opened for writing, a shared one a file that was opened for reading",
        _ => null,
    };

    private static string? OfBinding(int errorNumber) => errorNumber switch
    {
        Errno.NoEntry => "the directory of the path is not there: make it",
        Errno.Access => "a port below sysctl net.ipv4.ip_unprivileged_port_start takes CAP_NET_BIND_SERVICE, a path the right to write in its directory",
        Errno.NoDevice => "the address's scope is no interface of this machine (ip link lists them)",
        RareErrno.AddressInUse => "another socket has the address: stop its program (ss -lntup names it), or take another address",
        RareErrno.AddressNotAvailable => "no interface of this machine has the address (ip address lists them)",
        _ => null,
    };

    private static string? OfConnecting(int errorNumber) => errorNumber switch
    {
        Errno.NoEntry => "there is no such path: start the server, or name its path",
        Errno.Access => "a path takes the right to write to it; a broadcast address takes its option (SO_BROADCAST), and no TCP",
        Errno.Again => "the backlog of the listener is full: try again",
        RareErrno.ConnectionRefused => "nobody listens there: start the server, or name its address",
        RareErrno.AddressNotAvailable => "the local address is no interface's, the port is 0, or no local port is left (sysctl net.ipv4.ip_local_port_range)",
        _ => null,
    };

    private static string? OfSending(int errorNumber) => errorNumber switch
    {
        Errno.NoEntry => "there is no such path: start the receiver, or name its path",
        Errno.Access => "a broadcast address takes its option (SO_BROADCAST), a path the right to write to it",
        Errno.Invalid => "no datagram can be sent to that address: its port is 0, or it is another kind of address than the socket's",
        RareErrno.MessageTooLong => "a datagram over IPv4 has at most 65,507 bytes, less the options; with segmentation its segments no more than the network takes",
        RareErrno.FamilyNotSupported => "the address is of another family than the socket's",
        RareErrno.DestinationRequired => "the datagram has no target, and the socket is not connected: name one",
        RareErrno.ConnectionRefused => "nobody receives there",
        _ => null,
    };

    private static string? OfAnyCall(int errorNumber) => errorNumber switch
    {
        Errno.NoEntry => "nothing has that name, or a directory of the path is not there",
        Errno.Access => "the user of the process (id) may not: namei -l PATH shows who may, for each part of the path",
        Errno.TooManyFiles => "the process has no file descriptor left: raise RLIMIT_NOFILE with ulimit -n",
        Errno.TooManyFilesInSystem => "the system has no file descriptor left: raise sysctl fs.file-max",
        Errno.Again => "if no thread could be started for the call: raise RLIMIT_NPROC (ulimit -u) and the control group's pids.max",
        RareErrno.NotDirectory => "it, or a part of its path, is no directory",
        RareErrno.NameTooLong => "a name has at most 255 bytes, a path 4,095: take a shorter one",
        RareErrno.NotEmpty => "the directory has something in it: remove that first",
        RareErrno.TooManyLinks => "the path has more than 40 symbolic links, or they go in a circle",
        RareErrno.NoSpace => "the file system is full: make room, or raise its size or its count of inodes (df, df -i)",
        RareErrno.QuotaExceeded => "the owner's quota is used up: make room or raise it (quota)",
        RareErrno.ReadOnlyFileSystem => "the file system is mounted read-only: remount it or write elsewhere",
        RareErrno.FileTooLarge => "the file would be larger than RLIMIT_FSIZE (ulimit -f) or the file system allow",
        RareErrno.NetworkUnreachable or RareErrno.HostUnreachable => "no route leads there (ip route get ADDRESS)",
        Errno.Canceled => "the loop stops and cancels the calls in flight",
        _ => null,
    };
}
