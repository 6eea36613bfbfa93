using FlexSc.Interop.Linux;

namespace FlexSc.Interop.Backends.Readiness;

/// <summary>Tells the edges of the descriptors that were added to it, as epoll(7) does. On the loop's thread.</summary>
internal interface IEdgeSet
{
    /// <summary>Adds a descriptor; what it is ready for already is told, too. 0, -EEXIST when it was added before, or another negative errno.</summary>
    long Add(int fileDescriptor, ulong data);

    /// <summary>Like <see cref="Add"/> for a descriptor that was added: -ENOENT when the number has another owner by now.</summary>
    long Modify(int fileDescriptor, ulong data);

    /// <summary>Tells no edge of a descriptor any more, if it was added. What was collected before is told all the same.</summary>
    void Remove(int fileDescriptor);
}

/// <summary>What an edge set knows of a descriptor, and what is learnt of it by adding it.</summary>
internal static class EdgeRegistration
{
    private const int GenerationShift = 32;

    /// <summary>See <see cref="IAttempts.Watch"/>.</summary>
    public static long Watch(IEdgeSet edges, Descriptor descriptor)
    {
        if (descriptor.IsOwn && descriptor.Kind == DescriptorKind.File)
        {
            return -Errno.NotPermitted;
        }

        ulong data = ((ulong)descriptor.Generation << GenerationShift) | (uint)descriptor.FileDescriptor;
        if (descriptor.IsRegistered)
        {
            return edges.Modify(descriptor.FileDescriptor, data);
        }

        long answer = edges.Add(descriptor.FileDescriptor, data);
        if (answer == -Errno.Exists)
        {
            answer = edges.Modify(descriptor.FileDescriptor, data);
        }

        descriptor.IsRegistered = answer == 0;
        if (answer == -Errno.NotPermitted)
        {
            // epoll takes no file of a disk.
            descriptor.Kind = DescriptorKind.File;
        }
        else if (answer == 0 && descriptor.Kind <= DescriptorKind.File)
        {
            descriptor.Kind = DescriptorKind.Waitable;
        }

        return answer;
    }

    /// <summary>Tells an edge.</summary>
    /// <param name="outcomes">Takes it.</param>
    /// <param name="data">What the descriptor was added with.</param>
    /// <param name="events">Its events.</param>
    public static void Tell(IAttemptOutcomes outcomes, ulong data, uint events) =>
        outcomes.OnReady((int)(uint)data, (uint)(data >> GenerationShift), events);
}
