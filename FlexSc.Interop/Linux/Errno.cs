namespace FlexSc.Interop.Linux;

/// <summary>Error numbers the loop and its backends tell apart; see errno(3). The same on x86-64 and arm64.</summary>
internal static class Errno
{
    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int Interrupted = 4;
    public const int BadDescriptor = 9;
    public const int Again = 11;
    public const int NoMemory = 12;
    public const int Busy = 16;
    public const int Exists = 17;
    public const int Invalid = 22;
    public const int TooManyFiles = 24;
    public const int TooManyFilesInSystem = 23;
    public const int NoSystemCall = 38;
    public const int TimerExpired = 62;
    public const int NoBuffers = 105;
    public const int Already = 114;
    public const int InProgress = 115;
    public const int Canceled = 125;
}
