using System.Runtime.InteropServices;

namespace FlexSc.Examples.Shared;

/// <summary>How many descriptors the process may have, and has.</summary>
internal static partial class DescriptorLimit
{
    private const int OpenFilesResource = 7; // RLIMIT_NOFILE of asm-generic/resource.h

    /// <summary>What the kernel enforces, RLIMIT_NOFILE; the runtime raised it as far as it may. <see cref="long.MaxValue"/> for none.</summary>
    public static long Maximum
    {
        get
        {
            if (GetLimit(OpenFilesResource, out ResourceLimit limit) != 0)
            {
                throw new IOException($"cannot read RLIMIT_NOFILE: getrlimit: {Marshal.GetLastPInvokeErrorMessage()} (errno {Marshal.GetLastPInvokeError()})");
            }

            return (long)Math.Min(limit.Soft, long.MaxValue);
        }
    }

    /// <summary>Descriptors that are open now, without the one that looks.</summary>
    public static int CountOpen() => Directory.GetFileSystemEntries("/proc/self/fd").Length - 1;

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    private static partial int GetLimit(int resource, out ResourceLimit limit);

    /// <summary>struct rlimit of a 64-bit system.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct ResourceLimit
    {
        public readonly ulong Soft;
        public readonly ulong Hard;
    }
}
