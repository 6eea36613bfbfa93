using System.Buffers.Binary;
using System.ComponentModel;
using System.Runtime.InteropServices;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;

namespace FlexSc.Examples.HttpServer.Files;

/// <summary>The kernel's numbers and layouts for files (linux/openat2.h, linux/stat.h, asm-generic/unistd.h).</summary>
internal static partial class LinuxFiles
{
    public const int OpenAt2Number = 437;
    public const int StatxBufferBytes = 256;
    public const uint StatxMask = 0x1 | 0x40 | 0x80 | 0x100 | 0x200; // TYPE | MTIME | CTIME | INO | SIZE
    public const int AtEmptyPath = 0x1000;

    /// <summary>O_CLOEXEC | O_NONBLOCK | O_NOCTTY: a pipe or a terminal below the root must not hold up the server.</summary>
    public const ulong OpenFlags = 0x80000 | 0x800 | 0x100;

    /// <summary>RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS: the kernel itself refuses to leave the root.</summary>
    public const ulong ResolveFlags = 0x08 | 0x02;

    public const int Eperm = 1;
    public const int Enoent = 2;
    public const int Eacces = 13;
    public const int Exdev = 18;
    public const int Enotdir = 20;
    public const int Enxio = 6;
    public const int Enametoolong = 36;
    public const int Eloop = 40;
    public const int Ecanceled = 125;

    /// <summary>Answer where a file would take a descriptor that is kept for others.</summary>
    public const int StatusWithoutDescriptor = 503;

    private const int StatxModeOffset = 28;
    private const int StatxInodeOffset = 32;
    private const int StatxSizeOffset = 40;
    private const int StatxStatusChangedOffset = 96;
    private const int StatxModifiedOffset = 112;
    private const int StatxDeviceMajorOffset = 136;
    private const int StatxDeviceMinorOffset = 140;
    private const int TimestampNsOffset = 8;
    private const int FileKindShift = 12;
    private const int DeviceMajorShift = 32;
    private const int OpenPathFlags = 0x200000 | 0x80000; // O_PATH | O_CLOEXEC

    /// <summary>Opens the root directory every other open is relative to; blocks, so only before serving.</summary>
    public static int OpenRoot(string path)
    {
        int descriptor;
        int error;
        do
        {
            descriptor = Open(path, OpenPathFlags);
            error = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        }
        while (error == Errno.Interrupted);
        if (descriptor < 0)
        {
            throw new IOException(
                $"cannot open the root directory {path}: open: {new Win32Exception(error).Message} (errno {error}); "
                + "give --root an existing, readable directory");
        }

        return descriptor;
    }

    public static void Close(int descriptor)
    {
        if (CloseDescriptor(descriptor) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error == Errno.Interrupted)
            {
                // Linux has closed it before it could be interrupted.
                return;
            }

            throw new IOException($"close({descriptor}): {new Win32Exception(error).Message} (errno {error})");
        }
    }

    /// <summary>
    /// The HTTP status for a failed open. A link out of the root looks like a missing file, to tell nothing; what may go well a moment
    /// later is 503.
    /// </summary>
    public static int StatusOf(int errno) => errno switch
    {
        Enoent or Enotdir or Exdev or Eloop or Enametoolong or Enxio => 404,
        Eacces or Eperm => 403,
        Errno.Again or Errno.Interrupted or Errno.TooManyFiles or Errno.TooManyFilesInSystem or Errno.NoMemory => 503,
        _ => 500,
    };

    /// <summary>The three 64-bit words of struct open_how.</summary>
    public static void FillOpenHow(Span<ulong> how)
    {
        how[0] = OpenFlags;
        how[1] = 0;
        how[2] = ResolveFlags;
    }

    public static FileMetadata ReadStatx(ReadOnlySpan<byte> statx)
    {
        ulong major = BinaryPrimitives.ReadUInt32LittleEndian(statx[StatxDeviceMajorOffset..]);
        return new FileMetadata(
            (major << DeviceMajorShift) | BinaryPrimitives.ReadUInt32LittleEndian(statx[StatxDeviceMinorOffset..]),
            BinaryPrimitives.ReadUInt64LittleEndian(statx[StatxInodeOffset..]),
            BinaryPrimitives.ReadInt64LittleEndian(statx[StatxSizeOffset..]),
            ReadTimestamp(statx[StatxModifiedOffset..]),
            ReadTimestamp(statx[StatxStatusChangedOffset..]),
            (FileKind)(BinaryPrimitives.ReadUInt16LittleEndian(statx[StatxModeOffset..]) >> FileKindShift));
    }

    /// <summary>Opens by an ordinary, blocking call.</summary>
    /// <returns>A descriptor, or a negative errno.</returns>
    public static unsafe int OpenBeneath(int root, string name)
    {
        Span<ulong> how = stackalloc ulong[3];
        FillOpenHow(how);
        fixed (ulong* howPointer = how)
        {
            // A name with ".." is to be tried again when something was renamed meanwhile; see OpenBeneathCalls.
            int tries = 0;
            int result;
            do
            {
                result = (int)OpenAt2(OpenAt2Number, root, name.Length == 0 ? "." : name, howPointer, (nuint)(how.Length * sizeof(ulong)));
                result = result < 0 ? -Marshal.GetLastPInvokeError() : result;
            }
            while (result is -Errno.Again or -Errno.Interrupted && ++tries < OpenBeneathCalls.MaxTries);
            return result;
        }
    }

    /// <returns>0, or a negative errno.</returns>
    public static unsafe int Stat(int descriptor, Span<byte> statx)
    {
        fixed (byte* pointer = statx)
        {
            return Statx(descriptor, "", AtEmptyPath, StatxMask, pointer) < 0 ? -Marshal.GetLastPInvokeError() : 0;
        }
    }

    private static UnixTime ReadTimestamp(ReadOnlySpan<byte> timestamp) => new(
        BinaryPrimitives.ReadInt64LittleEndian(timestamp), BinaryPrimitives.ReadInt32LittleEndian(timestamp[TimestampNsOffset..]));

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int CloseDescriptor(int descriptor);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial nint OpenAt2(nint number, nint directory, string path, ulong* how, nuint size);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Statx(int directory, string path, int flags, uint mask, byte* buffer);
}
