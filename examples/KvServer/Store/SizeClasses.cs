using System.Numerics;

namespace FlexSc.Examples.KvServer.Store;

/// <summary>The sizes that blocks are rounded up to, numbered from 1 as memcached numbers its slab classes.</summary>
internal static class SizeClasses
{
    /// <summary>More than the number of any class: blocks of 2 GiB end the list.</summary>
    public const int Count = SmallClasses + ((31 - SmallBlockLog2) << ClassesPerDoublingLog2) + 1;

    private const int SmallBlockLog2 = 10;
    private const int SmallBlockBytes = 1 << SmallBlockLog2;
    private const int SmallBlockStepBytes = 32;
    private const int SmallClasses = SmallBlockBytes / SmallBlockStepBytes;

    // Above the small blocks, eight size classes per doubling: at most an eighth of a block is wasted.
    private const int ClassesPerDoublingLog2 = 3;

    /// <summary>Size of the smallest block that holds so many bytes.</summary>
    public static int BlockBytesFor(long totalBytes)
    {
        uint total = (uint)totalBytes;
        uint step = total <= SmallBlockBytes ? SmallBlockStepBytes : 1u << (BitOperations.Log2(total) - ClassesPerDoublingLog2);
        return (int)((total + step - 1) & ~(step - 1));
    }

    /// <summary>The class of a block of a size that <see cref="BlockBytesFor"/> answered.</summary>
    public static byte Of(int blockBytes)
    {
        if (blockBytes <= SmallBlockBytes)
        {
            return (byte)(blockBytes / SmallBlockStepBytes);
        }

        int doubling = BitOperations.Log2((uint)blockBytes - 1);
        int place = (blockBytes - (1 << doubling)) >> (doubling - ClassesPerDoublingLog2);
        return (byte)(SmallClasses + ((doubling - SmallBlockLog2) << ClassesPerDoublingLog2) + place);
    }

    /// <summary>Size of the blocks of a class.</summary>
    public static int BlockBytes(int sizeClass)
    {
        if (sizeClass <= SmallClasses)
        {
            return sizeClass * SmallBlockStepBytes;
        }

        int above = sizeClass - SmallClasses - 1;
        int doubling = SmallBlockLog2 + (above >> ClassesPerDoublingLog2);
        int place = (above & ((1 << ClassesPerDoublingLog2) - 1)) + 1;
        return (1 << doubling) + (place << (doubling - ClassesPerDoublingLog2));
    }
}
