using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends.Simulated;

/// <summary>
/// A process of a simulated world: its descriptors, and the calls it makes. Every attempt answers at once, with -EAGAIN where a call
/// would wait.
/// </summary>
internal sealed partial class SimulatedProcess(SimulatedKernel kernel, string name, int id)
{
    /// <summary>Numbers 0 to 2 are never given out, as if they were the standard streams.</summary>
    private const int FirstDescriptor = 3;

    private readonly List<OpenDescription?> _descriptors = [];

    public string Name => name;

    public SimulatedKernel Kernel => kernel;

    /// <summary>Most descriptors: EMFILE beyond.</summary>
    public int DescriptorLimit { get; set; } = kernel.Profile.DescriptorLimit;

    /// <summary>The process has ended and hears of nothing.</summary>
    public bool HasCrashed { get; private set; }

    /// <summary>Descriptors that are open.</summary>
    public int OpenDescriptors => _descriptors.Count(description => description is not null);

    /// <summary>Datagrams that sends of its sockets have taken.</summary>
    public long SentDatagrams { get; set; }

    /// <summary>Datagrams that receives of its sockets have taken.</summary>
    public long ReceivedDatagrams { get; set; }

    /// <summary>Makes a call, or tries to: -EAGAIN where it would wait.</summary>
    public long Attempt(in SyscallEntry entry)
    {
        kernel.CountAttempt();
        long result = HasCrashed ? -Errno.NoSystemCall : Dispatch(entry);
        if (kernel.IsTraced)
        {
            kernel.Trace($"{name} {SyscallNames.Of(entry.Number)}({SyscallNames.ArgumentsOf(entry)}) = {result}");
        }

        return result;
    }

    /// <summary>What a descriptor is ready for, bits of poll(2); a negative errno when it is not open.</summary>
    public long EventsOf(int fileDescriptor) => Find(fileDescriptor) is { } description ? description.Events : -Errno.BadDescriptor;

    /// <summary>Has edges of a descriptor told, epoll_ctl(2).</summary>
    /// <param name="fileDescriptor">The descriptor.</param>
    /// <param name="data">What the listener is told.</param>
    /// <param name="listener">Who is told.</param>
    /// <param name="again">Only when it is watched: -ENOENT when not; else only when it is not: -EEXIST.</param>
    public long Watch(int fileDescriptor, ulong data, IEdgeListener listener, bool again)
    {
        if (Find(fileDescriptor) is not { } description)
        {
            return -Errno.BadDescriptor;
        }

        return again ? description.Modify(fileDescriptor, data, listener) : description.Add(fileDescriptor, data, listener);
    }

    /// <summary>Ends the process as a signal would: its descriptors are closed, and nothing it asked for is told any more.</summary>
    public void Crash()
    {
        kernel.Trace($"{name} crashes");
        HasCrashed = true;
        for (int number = 0; number < _descriptors.Count; number++)
        {
            Remove(number)?.Release();
        }
    }

    public OpenDescription? Find(long fileDescriptor)
    {
        long index = (int)fileDescriptor - FirstDescriptor;
        return index >= 0 && index < _descriptors.Count ? _descriptors[(int)index] : null;
    }

    private long Dispatch(in SyscallEntry entry)
    {
        if (Interrupts(entry.Number))
        {
            return -Errno.Interrupted;
        }

        return DescriptorCall(entry) ?? SocketCall(entry) ?? FileCall(entry) ?? -Errno.NoSystemCall;
    }

    private bool Interrupts(ushort number) => number is SyscallNumber.Read or SyscallNumber.Write or SyscallNumber.SendTo or SyscallNumber.RecvFrom
        or SyscallNumber.SendMsg or SyscallNumber.RecvMsg or SyscallNumber.Accept4 or SyscallNumber.OpenAt
        && kernel.Random.Chance(kernel.Profile.InterruptedPerMillion);

    /// <summary>Gives a description the lowest number that is free.</summary>
    private long Open(OpenDescription description, int atLeast = FirstDescriptor)
    {
        int index = atLeast - FirstDescriptor;
        while (index < _descriptors.Count && _descriptors[index] is not null)
        {
            index++;
        }

        if (index + FirstDescriptor >= DescriptorLimit)
        {
            return -Errno.TooManyFiles;
        }

        Put(index, description);
        return index + FirstDescriptor;
    }

    /// <summary>0, or what a call answers that finds no descriptor or no memory to make something of.</summary>
    private long CheckRoom()
    {
        SimulationProfile profile = kernel.Profile;
        if (kernel.Random.Chance(profile.TooManyFilesPerMillion) || !HasFreeNumber())
        {
            return -Errno.TooManyFiles;
        }

        return kernel.Random.Chance(profile.NoMemoryPerMillion) ? -Errno.NoMemory : 0;
    }

    private bool HasFreeNumber() => _descriptors.Count + FirstDescriptor < DescriptorLimit
        || _descriptors.IndexOf(null, 0, Math.Min(_descriptors.Count, Math.Max(0, DescriptorLimit - FirstDescriptor))) >= 0;

    private void Put(int index, OpenDescription description)
    {
        while (_descriptors.Count <= index)
        {
            _descriptors.Add(null);
        }

        description.AddReference();
        _descriptors[index] = description;
    }

    private OpenDescription? Remove(int index)
    {
        OpenDescription? removed = _descriptors[index];
        _descriptors[index] = null;
        return removed;
    }
}
