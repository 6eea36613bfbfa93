using System.Globalization;
using Akka.Actor;
using FlexSc.Interop.Calls;

namespace FlexSc.Akka.IO;

/// <summary>What a handle takes, and which bytes each command touches. From any thread.</summary>
internal static class FileCommandRules
{
    /// <summary>What is wrong with a command; null when nothing is.</summary>
    public static string? Mistake(FlexFile.HandleCommand command, FileSettings settings, bool appends, bool hasPositions) => command switch
    {
        FlexFile.Read { Position: not FlexFile.CurrentPosition } or FlexFile.Write { Position: not FlexFile.CurrentPosition }
            or FlexFile.WriteMemory { Position: not FlexFile.CurrentPosition } when !hasPositions =>
            "it has no positions: read and write at FlexFile.CurrentPosition",
        FlexFile.Read read when read.Length < 1 || read.Length > settings.MaxReadBytes => string.Create(
            CultureInfo.InvariantCulture,
            $"a read takes 1 to {settings.MaxReadBytes} bytes: read in several, or raise flexsc.file.max-read-bytes"),
        FlexFile.Read read when !IsPosition(read.Position, read.Length) => "there is no such position",
        FlexFile.Write or FlexFile.WriteMemory when appends =>
            "the handle was opened to append, where the kernel ignores positions: use Append, or open it without that flag",
        FlexFile.Write write when !IsPosition(write.Position, write.Data.Count) => "there is no such position",
        FlexFile.WriteMemory write when !IsPosition(write.Position, write.Data.Length) => "there is no such position",
        FlexFile.Append when !appends => "the handle was opened without OpenFlags.Append",
        FlexFile.Truncate { Length: < 0 } => "a file has 0 bytes or more",
        FlexFile.Allocate allocate when allocate.Position < 0 || allocate.Length < 1 || allocate.Position > long.MaxValue - allocate.Length =>
            "there is no such range",
        FlexFile.Lock { Kind: not (FileLockKind.Shared or FileLockKind.Exclusive or FileLockKind.None) } => "there is no such kind of lock",
        FlexFile.Lock wanted when wanted.Position < 0 || wanted.Length < 0 || wanted.Position > long.MaxValue - wanted.Length =>
            "there is no such range",
        FlexFile.ResumeWatching => "it is no watch",
        _ => null,
    };

    /// <summary>Fills a request in for a command without a mistake.</summary>
    public static void Set(FileRequest request, FileHandle handle, FlexFile.HandleCommand command, IActorRef sender)
    {
        (FileOrder order, long begin, long end, long bytes) = command switch
        {
            FlexFile.Read { Position: FlexFile.CurrentPosition } read => (FileOrder.ReadAtCurrent, 0, 0, read.Length),
            FlexFile.Read read => (FileOrder.Read, read.Position, read.Position + read.Length, read.Length),
            FlexFile.Write write => OfWrite(write.Position, write.Data.Count),
            FlexFile.WriteMemory write => OfWrite(write.Position, write.Data.Length),
            FlexFile.Append append => (FileOrder.Write, 0, long.MaxValue, append.Data.Count),
            FlexFile.Sync => (FileOrder.Sync, 0, long.MaxValue, 0),
            FlexFile.Truncate or FlexFile.Allocate => (FileOrder.Write, 0, long.MaxValue, 0),
            FlexFile.Stat => (FileOrder.Read, 0, long.MaxValue, 0),
            FlexFile.ReadDirectory => (FileOrder.ReadAtCurrent, 0, 0, 0),
            _ => (FileOrder.None, 0L, 0L, 0L),
        };
        request.Set(handle, command, sender, order, begin, end, bytes);
    }

    private static (FileOrder Order, long Begin, long End, long Bytes) OfWrite(long position, int bytes) =>
        position == FlexFile.CurrentPosition ? (FileOrder.WriteAtCurrent, 0, 0, bytes) : (FileOrder.Write, position, position + bytes, bytes);

    private static bool IsPosition(long position, int length) =>
        position == FlexFile.CurrentPosition || (position >= 0 && position <= long.MaxValue - length);
}
