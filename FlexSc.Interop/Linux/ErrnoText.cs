using System.ComponentModel;
using System.Globalization;

namespace FlexSc.Interop.Linux;

/// <summary>Errnos as operators look them up.</summary>
internal static class ErrnoText
{
    /// <summary>Name, number and meaning, as in "EPERM (errno 1, Operation not permitted)"; without the name where it is a rare one.</summary>
    public static string Describe(int errorNumber)
    {
        string meaning = new Win32Exception(errorNumber).Message;
        return NameOf(errorNumber) is string name
            ? string.Create(CultureInfo.InvariantCulture, $"{name} (errno {errorNumber}, {meaning})")
            : string.Create(CultureInfo.InvariantCulture, $"errno {errorNumber} ({meaning})");
    }

    private static string? NameOf(int errorNumber) => errorNumber switch
    {
        Errno.NotPermitted => "EPERM",
        Errno.NoEntry => "ENOENT",
        Errno.Again => "EAGAIN",
        Errno.NoMemory => "ENOMEM",
        Errno.Access => "EACCES",
        Errno.Busy => "EBUSY",
        Errno.NoDevice => "ENODEV",
        Errno.NoSuchDevice => "ENXIO",
        Errno.Invalid => "EINVAL",
        Errno.TooManyFilesInSystem => "ENFILE",
        Errno.TooManyFiles => "EMFILE",
        Errno.NoSystemCall => "ENOSYS",
        _ => null,
    };
}
