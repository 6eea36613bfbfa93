using System.ComponentModel;
using System.Globalization;

namespace FlexSc.Interop.Linux;

/// <summary>Errnos that the library tells apart, and their names; see errno(3). Values are those of x86-64 and arm64.</summary>
internal static class ErrorNumber
{
    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int Interrupted = 4;
    public const int Access = 13;
    public const int Again = 11;
    public const int NoMemory = 12;
    public const int Invalid = 22;
    public const int TooManyFilesInSystem = 23;
    public const int TooManyFiles = 24;
    public const int NoSystemCall = 38;
    public const int Canceled = 125;

    /// <summary>Name, number and meaning, as in "EPERM (errno 1, Operation not permitted)".</summary>
    public static string Describe(int errorNumber)
    {
        string meaning = new Win32Exception(errorNumber).Message;
        string? name = NameOf(errorNumber);
        return name is null
            ? string.Create(CultureInfo.InvariantCulture, $"errno {errorNumber} ({meaning})")
            : string.Create(CultureInfo.InvariantCulture, $"{name} (errno {errorNumber}, {meaning})");
    }

    private static string? NameOf(int errorNumber) => errorNumber switch
    {
        NotPermitted => "EPERM",
        NoEntry => "ENOENT",
        Interrupted => "EINTR",
        Access => "EACCES",
        Again => "EAGAIN",
        NoMemory => "ENOMEM",
        Invalid => "EINVAL",
        TooManyFilesInSystem => "ENFILE",
        TooManyFiles => "EMFILE",
        NoSystemCall => "ENOSYS",
        Canceled => "ECANCELED",
        _ => null,
    };
}
