using System.Globalization;
using FlexSc.Interop.Linux;

namespace FlexSc.Interop.Calls;

/// <summary>Turns the kernel's results into values and errors. The texts are built for failures only.</summary>
internal static class CallResult
{
    public static int OfDescriptor(long result, string call, int descriptor) =>
        result >= 0 ? (int)result : throw Failure(result, call, NameOf(descriptor));

    public static int OfObject(long result, string call, object target) =>
        result >= 0 ? (int)result : throw Failure(result, call, target.ToString()!);

    public static string NameOf(int descriptor) => string.Create(CultureInfo.InvariantCulture, $"file descriptor {descriptor}");

    public static LinuxException Failure(long result, string call, string target) => new((int)-result, call, target, RemedyOf((int)-result));

    private static string? RemedyOf(int errorNumber) => errorNumber switch
    {
        Errno.TooManyFiles => "the process has no file descriptor left: raise RLIMIT_NOFILE with ulimit -n",
        Errno.TooManyFilesInSystem => "the system has no file descriptor left: raise sysctl fs.file-max",
        Errno.Again => "if no thread could be started for the call: raise RLIMIT_NPROC (ulimit -u) and the control group's pids.max",
        RareErrno.NoSpace => "the file system is full: make room, or raise its size or its count of inodes (df, df -i)",
        RareErrno.QuotaExceeded => "the owner's quota is used up: make room or raise it (quota)",
        RareErrno.ReadOnlyFileSystem => "the file system is mounted read-only: remount it or write elsewhere",
        RareErrno.FileTooLarge => "the file would be larger than RLIMIT_FSIZE (ulimit -f) or the file system allow",
        Errno.Canceled => "the loop stops and cancels the calls in flight",
        _ => null,
    };
}
