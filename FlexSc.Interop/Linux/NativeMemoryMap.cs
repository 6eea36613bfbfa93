using System.Runtime.InteropServices;
using Tmds.Linux;

namespace FlexSc.Interop.Linux;

/// <summary>Anonymous and file-backed mappings, see mmap(2).</summary>
internal static unsafe class NativeMemoryMap
{
    public static void* MapPrivateAnonymous(nuint bytes) =>
        Map(bytes, LibC.MAP_PRIVATE | LibC.MAP_ANONYMOUS, -1, 0, "anonymous memory");

    public static void* MapShared(nuint bytes, int fileDescriptor, long offset, string target) =>
        Map(bytes, LibC.MAP_SHARED | LibC.MAP_POPULATE, fileDescriptor, offset, target);

    public static void Unmap(void* address, nuint bytes)
    {
        if (LibC.munmap(address, (size_t)(ulong)bytes) != 0)
        {
            throw new LinuxException(Marshal.GetLastPInvokeError(), "munmap", $"{bytes} bytes");
        }
    }

    private static void* Map(nuint bytes, int flags, int fileDescriptor, long offset, string target)
    {
        void* address = LibC.mmap(null, (size_t)(ulong)bytes, LibC.PROT_READ | LibC.PROT_WRITE, flags, fileDescriptor, offset);
        if (address == LibC.MAP_FAILED)
        {
            throw new LinuxException(Marshal.GetLastPInvokeError(), "mmap", $"{bytes} bytes of {target}");
        }

        return address;
    }
}
