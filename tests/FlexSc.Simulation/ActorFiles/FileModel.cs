using FlexSc.Akka.IO;
using FlexSc.Interop.Backends.Simulated;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.ActorFiles;

/// <summary>
/// What a file holds when the commands of its handles are done one after the other. After a crash, or the end of who told them, some may
/// have been done, wholly or in part, or not: then the model takes what the file has, if that can have come of them.
/// </summary>
internal sealed class FileModel(World world, string path)
{
    private byte[] _bytes = [];
    private int _length;

    public string Path { get; set; } = path;

    /// <summary>Commands that are not settled, as they were told.</summary>
    public Queue<FileOperation> Log { get; } = new();

    /// <summary>Does a command that was answered, or checks what it found.</summary>
    /// <exception cref="SimulationFailure">It found something else than the file holds.</exception>
    public void Settle(FileOperation operation)
    {
        operation.LengthBefore = _length;
        switch (operation.Command)
        {
            case FlexFile.Write write:
                Write((int)write.Position, operation.Data.AsSpan(0, operation.WrittenBytes));
                break;
            case FlexFile.WriteMemory write:
                Write((int)write.Position, operation.Data.AsSpan(0, operation.WrittenBytes));
                break;
            case FlexFile.Append:
                Write(_length, operation.Data.AsSpan(0, operation.WrittenBytes));
                break;
            case FlexFile.Truncate truncate when operation.Failure is null:
                Resize((int)truncate.Length);
                break;
            case FlexFile.Allocate allocate when operation.Failure is null:
                Resize(Math.Max(_length, (int)(allocate.Position + allocate.Length)));
                break;
            case FlexFile.Stat when operation.Answer is FlexFile.Status status && status.File.Length != _length:
                throw new SimulationFailure($"{Path} has {_length} bytes and {operation} was told {status.File.Length}");
        }
    }

    /// <summary>Checks what a read found.</summary>
    /// <exception cref="SimulationFailure">It is something else.</exception>
    public void Check(FileOperation operation, long position, byte[] found, bool mayBeShort)
    {
        FlexFile.Read read = (FlexFile.Read)operation.Command;
        long shortest = operation.Beside.Aggregate(_length, static (all, write) => Math.Min(all, write.LengthBefore));
        long longest = operation.Beside.Aggregate((long)_length, static (all, write) => Math.Max(all, write.End));
        int least = (int)Math.Clamp(shortest - position, 0, read.Length);
        int most = (int)Math.Clamp(longest - position, 0, read.Length);
        if (found.Length > most || (found.Length < least && !(mayBeShort && found.Length > 0)))
        {
            throw new SimulationFailure(
                $"{Path} has {least} to {most} bytes of those that {operation} asked for, and it found {found.Length}");
        }

        for (int i = 0; i < found.Length; i++)
        {
            byte expected = position + i < _length ? _bytes[position + i] : (byte)0;
            if (found[i] != expected)
            {
                throw new SimulationFailure($"{Path}: {operation} found {found[i]:x2} at {position + i}, where {expected:x2} was written");
            }
        }
    }

    /// <summary>
    /// Compares it with the file, whose handle is closed. Only commands that are not settled make a difference that may be.
    /// </summary>
    /// <exception cref="SimulationFailure">The file holds something else.</exception>
    public void CheckFile()
    {
        FileOperation[] changes = [.. Log.Where(static operation => operation.IsChange)];
        Log.Clear();
        long error = world.Kernel.Files.Find(world.Kernel.Files.Root, Path, out FileNode node);
        if (error != 0)
        {
            if (_length > 0)
            {
                throw new SimulationFailure($"{Path} is not there: {error}");
            }

            return;
        }

        ReadOnlySpan<byte> found = node.Bytes.AsSpan(0, (int)node.Length);
        if (changes.Length == 0)
        {
            if (!found.SequenceEqual(_bytes.AsSpan(0, _length)))
            {
                throw new SimulationFailure($"{Path} has {found.Length} bytes that are not the {_length} that were written");
            }

            return;
        }

        if (!(changes[0].Command is FlexFile.Append ? IsAppended(found, changes) : IsPossible(found, changes)))
        {
            throw new SimulationFailure(
                $"{Path} has {found.Length} bytes that {string.Join(", ", changes.Select(static change => $"{change}"))} do not explain");
        }

        _bytes = found.ToArray();
        _length = found.Length;
    }

    private void Write(int position, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > 0)
        {
            Resize(Math.Max(_length, position + bytes.Length));
            bytes.CopyTo(_bytes.AsSpan(position));
        }
    }

    private void Resize(int length)
    {
        if (length < _length)
        {
            _bytes.AsSpan(length, _length - length).Clear();
        }
        else if (length > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(length, 2 * _bytes.Length));
        }

        _length = length;
    }

    /// <summary>Each byte is what was there, what one of the changes writes there, or a hole of one.</summary>
    private bool IsPossible(ReadOnlySpan<byte> found, FileOperation[] changes)
    {
        int shortest = _length;
        int longest = _length;
        foreach (FileOperation change in changes)
        {
            int end = EndOf(change);
            shortest = change.Command is FlexFile.Truncate ? Math.Min(shortest, end) : shortest;
            longest = Math.Max(longest, end);
        }

        if (found.Length < shortest || found.Length > longest)
        {
            return false;
        }

        bool mayBeHole = longest > _length || shortest < _length;
        for (int i = 0; i < found.Length; i++)
        {
            byte value = found[i];
            bool isExplained = (i < _length && value == _bytes[i]) || (mayBeHole && value == 0);
            for (int change = 0; !isExplained && change < changes.Length; change++)
            {
                int offset = i - PositionOf(changes[change]);
                isExplained = offset >= 0 && offset < changes[change].Data.Length && value == changes[change].Data[offset];
            }

            if (!isExplained)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Behind what was there come beginnings of the appends, in order.</summary>
    private bool IsAppended(ReadOnlySpan<byte> found, FileOperation[] appends)
    {
        if (found.Length < _length || !found[.._length].SequenceEqual(_bytes.AsSpan(0, _length)))
        {
            return false;
        }

        // The ends that some choice of beginnings leads to.
        SortedSet<int> ends = [_length];
        foreach (FileOperation append in appends)
        {
            foreach (int end in ends.ToArray())
            {
                int common = found[end..].CommonPrefixLength(append.Data);
                for (int bytes = 1; bytes <= common; bytes++)
                {
                    ends.Add(end + bytes);
                }
            }
        }

        return ends.Contains(found.Length);
    }

    private static int PositionOf(FileOperation change) => change.Command switch
    {
        FlexFile.Write write => (int)write.Position,
        FlexFile.WriteMemory write => (int)write.Position,
        _ => 0,
    };

    private static int EndOf(FileOperation change) => change.Command switch
    {
        FlexFile.Truncate truncate => (int)truncate.Length,
        FlexFile.Allocate allocate => (int)(allocate.Position + allocate.Length),
        _ => PositionOf(change) + change.Data.Length,
    };
}
