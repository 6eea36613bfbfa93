using FlexSc.Akka.IO;

namespace FlexSc.Simulation.ActorFiles;

/// <summary>A command of a handle, from its telling to its answer. It is also what some commands have as their acknowledgement.</summary>
internal sealed class FileOperation
{
    /// <summary>The command; null only while it is made.</summary>
    public FlexFile.HandleCommand Command { get; set; } = null!;

    /// <summary>What a write writes.</summary>
    public byte[] Data { get; init; } = [];

    /// <summary>Its success is not told.</summary>
    public bool IsSilent { get; init; }

    /// <summary>A cancellation was told.</summary>
    public bool IsCancelled { get; set; }

    /// <summary>Commands that were told before and not answered when this one was told, cancelled ones in the queue included.</summary>
    public int MostBefore { get; init; }

    /// <summary>It was told when the handle was to end.</summary>
    public bool IsLate { get; init; }

    /// <summary>
    /// Of a read: writes of other bytes that it may pass, or that may pass it. Where they lengthen the file it may find the one end or the
    /// other.
    /// </summary>
    public List<FileOperation> Beside { get; } = [];

    /// <summary>Of a write: bytes that the file had before it.</summary>
    public int LengthBefore { get; set; } = int.MaxValue;

    public bool IsOver => Answer is not null || IsAssumedDone;

    /// <summary>What came of it.</summary>
    public object? Answer { get; set; }

    /// <summary>Nothing was told, and what was told later shows that it succeeded.</summary>
    public bool IsAssumedDone { get; set; }

    public FlexFile.CommandFailed? Failure => Answer as FlexFile.CommandFailed;

    /// <summary>It changes the file.</summary>
    public bool IsChange => Command is FlexFile.Write or FlexFile.WriteMemory or FlexFile.Append or FlexFile.Truncate or FlexFile.Allocate;

    /// <summary>It reads where the last one ended.</summary>
    public bool IsAtCurrent => Command is FlexFile.Read { Position: FlexFile.CurrentPosition };

    /// <summary>Bytes of a write that were written.</summary>
    public int WrittenBytes => Failure is { } failure ? (int)failure.CompletedBytes : Data.Length;

    /// <summary>It writes at a position, and so has an order only with what touches the same bytes.</summary>
    public bool IsPositionalWrite => Command is FlexFile.Write or FlexFile.WriteMemory;

    /// <summary>The byte behind the last one that it touches.</summary>
    public long End => Range.End;

    /// <summary>When the other one, which was told later, is done, this one has ended.</summary>
    public bool ComesBefore(FileOperation later) => later.Command switch
    {
        FlexFile.Close => true,
        FlexFile.Append or FlexFile.Truncate or FlexFile.Allocate => Command is not FlexFile.Sync && !IsAtCurrent,
        FlexFile.Stat or FlexFile.Sync => IsChange,
        FlexFile.Read { Position: FlexFile.CurrentPosition } => IsAtCurrent,
        _ => Overlaps(later) && (IsChange || later.IsChange),
    };

    public override string ToString() =>
        $"{Command.GetType().Name}({Range.Begin}, {Range.End - Range.Begin} bytes{(IsCancelled ? ", cancelled" : "")})";

    private bool Overlaps(FileOperation later)
    {
        (long begin, long end) = Range;
        (long laterBegin, long laterEnd) = later.Range;
        return begin < laterEnd && laterBegin < end;
    }

    /// <summary>The bytes that it touches.</summary>
    private (long Begin, long End) Range => Command switch
    {
        FlexFile.Read { Position: >= 0 } read => (read.Position, read.Position + read.Length),
        FlexFile.Write write => (write.Position, write.Position + Data.Length),
        FlexFile.WriteMemory write => (write.Position, write.Position + Data.Length),
        FlexFile.Append or FlexFile.Truncate or FlexFile.Allocate or FlexFile.Stat => (0, long.MaxValue),
        _ => (0, 0),
    };
}
