using System.Runtime.InteropServices;

namespace FlexSc.Interop.Capabilities;

/// <summary>A resource limit of the process, see getrlimit(2). The unit is the resource's.</summary>
/// <param name="Soft">What the kernel enforces; <see cref="Unlimited"/> for none.</param>
/// <param name="Hard">How far the process may raise it; <see cref="Unlimited"/> for none.</param>
public readonly partial record struct ResourceLimit(ulong Soft, ulong Hard)
{
    /// <summary>RLIM_INFINITY.</summary>
    public const ulong Unlimited = ulong.MaxValue;

    internal const int OpenFiles = 7; // RLIMIT_NOFILE
    internal const int LockedMemory = 8; // RLIMIT_MEMLOCK

    /// <summary>Open descriptors of the process, RLIMIT_NOFILE: numbers from 0 to the soft limit less one. It may change at any time.</summary>
    public static ResourceLimit OfOpenFiles() => Read(OpenFiles) ?? new ResourceLimit(Unlimited, Unlimited);

    /// <summary>Reads a limit; null when the kernel does not know it.</summary>
    internal static ResourceLimit? Read(int resource) =>
        GetLimit(resource, out ResourceLimit limit) == 0 ? limit : null;

    // The two members are struct rlimit of a 64-bit system.
    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, out ResourceLimit limit);
}
