using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends.Simulated;

/// <content>Calls of inotify(7).</content>
internal sealed partial class SimulatedProcess
{
    private long MakeChangeQueue(in SyscallEntry entry)
    {
        if (CheckRoom() is < 0 and var room)
        {
            return room;
        }

        return Open(new ChangeQueue(kernel, this) { IsNonBlocking = (entry.Argument0 & Readiness.ReadinessUapi.NonBlocking) != 0 });
    }

    private long AddWatch(in SyscallEntry entry)
    {
        if (Find(entry.Argument0) is not ChangeQueue queue)
        {
            return Find(entry.Argument0) is null ? -Errno.BadDescriptor : -Errno.Invalid;
        }

        long error = kernel.Files.Find(kernel.Files.Root, UserMemory.Text(entry.Argument1), out FileNode node);
        if (error != 0)
        {
            return error;
        }

        return kernel.Random.Chance(kernel.Profile.NoSpacePerMillion) ? -RareErrno.NoSpace : queue.Watch(node, (uint)entry.Argument2);
    }
}
