using System.Runtime.InteropServices;

namespace FlexSc.Interop.Linux;

/// <summary>The flags of open(2) whose bits differ between architectures; all others have those of include/uapi/asm-generic/fcntl.h.</summary>
/// <param name="Direct">O_DIRECT.</param>
/// <param name="LargeFile">O_LARGEFILE as the kernel has it; the C library says 0, for there is no other file on 64 bits.</param>
/// <param name="Directory">O_DIRECTORY, which is a part of O_TMPFILE as well.</param>
/// <param name="NoFollow">O_NOFOLLOW.</param>
internal readonly record struct OpenFlagBits(long Direct, long LargeFile, long Directory, long NoFollow)
{
    /// <summary>include/uapi/asm-generic/fcntl.h.</summary>
    public static OpenFlagBits X64 { get; } = new(Direct: 0x4000, LargeFile: 0x8000, Directory: 0x1_0000, NoFollow: 0x2_0000);

    /// <summary>arch/arm64/include/uapi/asm/fcntl.h.</summary>
    public static OpenFlagBits Arm64 { get; } = new(Direct: 0x1_0000, LargeFile: 0x2_0000, Directory: 0x4000, NoFollow: 0x8000);

    /// <summary>Those of the machine that this runs on.</summary>
    public static OpenFlagBits OfMachine { get; } = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? Arm64 : X64;

    private long All => Direct | LargeFile | Directory | NoFollow;

    /// <summary>The same flags with the bits that this architecture has for them.</summary>
    /// <param name="flags">With those of x86-64.</param>
    public long FromX64(long flags)
    {
        long moved = flags & ~X64.All;
        moved |= (flags & X64.Direct) != 0 ? Direct : 0;
        moved |= (flags & X64.LargeFile) != 0 ? LargeFile : 0;
        moved |= (flags & X64.Directory) != 0 ? Directory : 0;
        moved |= (flags & X64.NoFollow) != 0 ? NoFollow : 0;
        return moved;
    }
}
