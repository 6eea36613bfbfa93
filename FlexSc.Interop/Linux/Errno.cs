namespace FlexSc.Interop.Linux;

/// <summary>Error numbers the loop and its backends tell apart; see errno(3). The same on x86-64 and arm64.</summary>
public static class Errno
{
    /// <summary>EPERM.</summary>
    public const int NotPermitted = 1;

    /// <summary>ENOENT.</summary>
    public const int NoEntry = 2;

    /// <summary>EINTR.</summary>
    public const int Interrupted = 4;

    /// <summary>ENXIO.</summary>
    public const int NoSuchDevice = 6;

    /// <summary>EBADF.</summary>
    public const int BadDescriptor = 9;

    /// <summary>EAGAIN.</summary>
    public const int Again = 11;

    /// <summary>ENOMEM.</summary>
    public const int NoMemory = 12;

    /// <summary>EACCES.</summary>
    public const int Access = 13;

    /// <summary>EBUSY.</summary>
    public const int Busy = 16;

    /// <summary>EEXIST.</summary>
    public const int Exists = 17;

    /// <summary>ENODEV.</summary>
    public const int NoDevice = 19;

    /// <summary>EINVAL.</summary>
    public const int Invalid = 22;

    /// <summary>EMFILE.</summary>
    public const int TooManyFiles = 24;

    /// <summary>ENFILE.</summary>
    public const int TooManyFilesInSystem = 23;

    /// <summary>ENOSYS.</summary>
    public const int NoSystemCall = 38;

    /// <summary>ETIME.</summary>
    public const int TimerExpired = 62;

    /// <summary>ETOOMANYREFS: descriptors under way on Unix sockets are too many; unix(7).</summary>
    public const int TooManyReferences = 109;

    /// <summary>EUSERS.</summary>
    public const int TooManyUsers = 87;

    /// <summary>ENOBUFS.</summary>
    public const int NoBuffers = 105;

    /// <summary>EALREADY.</summary>
    public const int Already = 114;

    /// <summary>EINPROGRESS.</summary>
    public const int InProgress = 115;

    /// <summary>ECANCELED.</summary>
    public const int Canceled = 125;

    /// <summary>
    /// Whether accept(2) failed for the one connection, which ended or whose network failed before it was accepted, so that the next may
    /// succeed: EPROTO, ENOPROTOOPT, EOPNOTSUPP, ENETDOWN, ENETUNREACH, ECONNABORTED, EHOSTDOWN, EHOSTUNREACH, EPERM (a firewall), and
    /// the answers that only ask for another try. See accept(2), error handling.
    /// </summary>
    public static bool IsOfOneConnection(long errorNumber) => errorNumber is 71 or 92 or 95 or 100 or 101 or 103 or 112 or 113
        or Interrupted or Again or NotPermitted;
}
