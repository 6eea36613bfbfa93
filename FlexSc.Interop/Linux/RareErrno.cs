namespace FlexSc.Interop.Linux;

/// <summary>Error numbers that few places tell apart, most of them the model of a kernel, beside those of <see cref="Errno"/>; see errno(3).</summary>
internal static class RareErrno
{
    public const int IoError = 5;
    public const int BadAddress = 14;
    public const int NotDirectory = 20;
    public const int IsDirectory = 21;
    public const int TextBusy = 26;
    public const int FileTooLarge = 27;
    public const int NoSpace = 28;
    public const int IllegalSeek = 29;
    public const int ReadOnlyFileSystem = 30;
    public const int BrokenPipe = 32;
    public const int NameTooLong = 36;
    public const int NotEmpty = 39;
    public const int CrossDevice = 18;
    public const int TooManyLinks = 40;
    public const int NotSocket = 88;
    public const int DestinationRequired = 89;
    public const int MessageTooLong = 90;
    public const int NoSuchOption = 92;
    public const int ProtocolNotSupported = 93;
    public const int NotSupported = 95;
    public const int FamilyNotSupported = 97;
    public const int AddressInUse = 98;
    public const int AddressNotAvailable = 99;
    public const int NetworkDown = 100;
    public const int NetworkUnreachable = 101;
    public const int ConnectionAborted = 103;
    public const int ConnectionReset = 104;
    public const int IsConnected = 106;
    public const int NotConnected = 107;
    public const int TimedOut = 110;
    public const int ConnectionRefused = 111;
    public const int HostDown = 112;
    public const int HostUnreachable = 113;
    public const int QuotaExceeded = 122;
}
