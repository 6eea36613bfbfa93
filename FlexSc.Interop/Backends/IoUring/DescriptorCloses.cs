using System.Numerics;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends.IoUring;

/// <summary>
/// Knows of a call that may move to another ring whether its descriptor was closed since it was issued: the kernel holds the file, and not
/// its number, which the next one to open something gets. On the loop's thread.
/// </summary>
internal sealed class DescriptorCloses(int entryCount)
{
    /// <summary>By entry, how often the number of its descriptor had been closed when its call was issued; of calls that may move.</summary>
    private readonly uint[] _before = new uint[entryCount];

    /// <summary>By number, how often it was closed by calls of this loop.</summary>
    private uint[] _closes = [];

    /// <summary>A call is issued.</summary>
    public void Note(uint index, in SyscallEntry entry)
    {
        if ((entry.Flags & (EntryFlags.Multishot | EntryFlags.ProvidedBuffer)) != 0)
        {
            _before[index] = Of((int)entry.Argument0);
        }
        else if (SyscallTable.Of(entry.Number).Ends != DescriptorEnd.None)
        {
            (uint first, uint last) = SyscallTable.EndedBy(entry.Number, entry.Argument0, entry.Argument1, entry.Argument2);
            Count(first, last);
        }
    }

    /// <summary>Whether the descriptor of a call that may move was closed since.</summary>
    public bool HasClosed(uint index, int fileDescriptor) => Of(fileDescriptor) != _before[index];

    private uint Of(int fileDescriptor) => (uint)fileDescriptor < (uint)_closes.Length ? _closes[fileDescriptor] : 0;

    private void Count(uint first, uint last)
    {
        // A range may go to the end of all numbers. Processes have fewer descriptors than this: fs.nr_open.
        const uint mostDescriptors = 1 << 20;
        if (first == last && first >= (uint)_closes.Length && first < mostDescriptors)
        {
            Array.Resize(ref _closes, (int)BitOperations.RoundUpToPowerOf2(first + 1));
        }

        for (uint number = first; number <= last && number < (uint)_closes.Length; number++)
        {
            _closes[number]++;
        }
    }
}
