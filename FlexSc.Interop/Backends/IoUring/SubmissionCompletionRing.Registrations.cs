using FlexSc.Interop.Linux;

namespace FlexSc.Interop.Backends.IoUring;

/// <content>What is said of a ring once: io_uring_register(2).</content>
internal sealed unsafe partial class SubmissionCompletionRing
{
    /// <summary>Registers a ring of provided buffers.</summary>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    public void RegisterBufferRing(BufferRingSlot* slots, uint count, ushort group)
    {
        BufferRingRegistration registration = new() { RingAddress = (ulong)slots, RingEntries = count, BufferGroup = group };
        Register(IoUringUapi.RegisterProvidedBufferRing, &registration, 1, $"a ring of {count} provided buffers");
    }

    /// <summary>Takes the provided buffers back that no call has picked: the kernel does not touch them any more.</summary>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    public void UnregisterBufferRing(ushort group)
    {
        BufferRingRegistration registration = new() { BufferGroup = group };
        Register(IoUringUapi.UnregisterProvidedBufferRing, &registration, 1, $"the provided buffers of group {group}");
    }

    /// <summary>Has an eventfd(2) written when a completion is there, or work that makes one.</summary>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    public void RegisterEventDescriptor(int fileDescriptor) =>
        Register(IoUringUapi.RegisterEventDescriptor, &fileDescriptor, 1, $"the eventfd {fileDescriptor}");

    /// <summary>The eventfd is written no more.</summary>
    /// <exception cref="LinuxException">The kernel refuses: there is none.</exception>
    public void UnregisterEventDescriptor() => Register(IoUringUapi.UnregisterEventDescriptor, null, 0, "no eventfd");

    /// <summary>Says on which cores the kernel's workers run that execute calls of this ring which would have to wait.</summary>
    /// <param name="cpus">One core or more, of those that the process may use.</param>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    public void SetWorkerCpus(IReadOnlyList<int> cpus)
    {
        byte* mask = stackalloc byte[ThreadAffinity.MaxCpus / 8];
        ThreadAffinity.Fill(mask, cpus);
        Register(IoUringUapi.RegisterWorkerAffinity, mask, ThreadAffinity.MaxCpus / 8, $"workers on cores {CpuList.Format(cpus)}");
    }

    /// <summary>Bounds the kernel's workers for calls that end by themselves, as those on files. The others keep their bound.</summary>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    public void SetMostWorkers(int count)
    {
        // In and out: what the bounds were; 0 leaves one as it is.
        uint* bounds = stackalloc uint[2];
        bounds[0] = (uint)count;
        bounds[1] = 0;
        Register(IoUringUapi.RegisterMaxWorkers, bounds, 2, $"{count} workers");
    }

    private void Register(uint operation, void* argument, uint count, string target)
    {
        int answer = IoUringCalls.Register(_fileDescriptor, operation, argument, count);
        if (answer < 0)
        {
            throw new LinuxException(-answer, "io_uring_register", target, answer == -Errno.Invalid ? null : RemedyOf(-answer));
        }
    }
}
