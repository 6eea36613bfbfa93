namespace FlexSc.Interop.Linux;

/// <summary>Operations of io_uring that entries are translated to: <c>IORING_OP_*</c> of include/uapi/linux/io_uring.h.</summary>
internal static class IoUringOpcode
{
    public const byte Nop = 0;
    public const byte Fsync = 3;
    public const byte PollAdd = 6;
    public const byte SendMsg = 9;
    public const byte RecvMsg = 10;
    public const byte Accept = 13;
    public const byte AsyncCancel = 14;
    public const byte Connect = 16;
    public const byte Fallocate = 17;
    public const byte OpenAt = 18;
    public const byte Close = 19;
    public const byte Statx = 21;
    public const byte Read = 22;
    public const byte Write = 23;
    public const byte Send = 26;
    public const byte Recv = 27;
    public const byte OpenAt2 = 28;
    public const byte RenameAt = 35; // 5.11
    public const byte UnlinkAt = 36; // 5.11
    public const byte MkDirAt = 37; // 5.15
}
