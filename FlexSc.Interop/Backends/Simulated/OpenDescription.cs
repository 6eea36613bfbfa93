using FlexSc.Interop.Linux;

namespace FlexSc.Interop.Backends.Simulated;

/// <summary>Told of edges, as epoll(7) tells of them.</summary>
internal interface IEdgeListener
{
    /// <summary>Something of a watched descriptor has changed.</summary>
    /// <param name="data">What the descriptor was watched with.</param>
    /// <param name="events">What it is ready for now, bits of epoll.</param>
    void OnEdge(ulong data, uint events);
}

/// <summary>What a descriptor stands for: an open file description, see open(2). Descriptors that were duplicated share it.</summary>
internal abstract class OpenDescription(SimulatedKernel kernel, SimulatedProcess owner)
{
    public const uint In = 0x001;
    public const uint Out = 0x004;
    public const uint Error = 0x008;
    public const uint HangUp = 0x010;
    public const uint ReadHangUp = 0x2000;

    private readonly List<Watch> _watches = [];
    private int _references;

    public SimulatedKernel Kernel => kernel;

    public SimulatedProcess Owner => owner;

    /// <summary>O_NONBLOCK, for whoever asks; no attempt waits.</summary>
    public bool IsNonBlocking { get; set; }

    /// <summary>Some descriptor stands for it.</summary>
    public bool IsOpen => _references > 0;

    /// <summary>What it is ready for now.</summary>
    public abstract uint Events { get; }

    /// <summary>False for files of a disk, which epoll refuses.</summary>
    public virtual bool CanBeWatched => true;

    /// <summary>Bytes moved, 0 at the end, or a negative errno: -EAGAIN where a read would wait.</summary>
    public virtual long Read(Span<byte> destination) => -Errno.Invalid;

    /// <summary>Bytes moved, or a negative errno: -EAGAIN where a write would wait.</summary>
    public virtual long Write(ReadOnlySpan<byte> source) => -Errno.Invalid;

    /// <summary>Has edges of a descriptor told. What it is ready for already is an edge, too.</summary>
    /// <returns>0, -EEXIST or -EPERM.</returns>
    public long Add(int fileDescriptor, ulong data, IEdgeListener listener)
    {
        if (!CanBeWatched)
        {
            return -Errno.NotPermitted;
        }

        if (Find(fileDescriptor, listener) is not null)
        {
            return -Errno.Exists;
        }

        Watch watch = new(fileDescriptor, listener) { Data = data };
        _watches.Add(watch);
        Tell(watch);
        return 0;
    }

    /// <summary>Like <see cref="Add"/> for a descriptor that is watched; -ENOENT when it is not.</summary>
    public long Modify(int fileDescriptor, ulong data, IEdgeListener listener)
    {
        if (Find(fileDescriptor, listener) is not { } watch)
        {
            return -Errno.NoEntry;
        }

        watch.Data = data;
        Tell(watch);
        return 0;
    }

    /// <summary>Has no edge of a descriptor told any more.</summary>
    public void Remove(int fileDescriptor, IEdgeListener listener) =>
        _watches.RemoveAll(watch => watch.FileDescriptor == fileDescriptor && watch.Listener == listener);

    /// <summary>Another descriptor stands for it.</summary>
    public void AddReference() => _references++;

    /// <summary>A descriptor that stood for it is closed.</summary>
    public void Release()
    {
        if (--_references == 0)
        {
            _watches.Clear();
            OnClosed();
            kernel.OnChanged();
        }
    }

    /// <summary>Something has changed: an edge for each watch.</summary>
    public void Notify()
    {
        foreach (Watch watch in _watches)
        {
            Tell(watch);
        }

        kernel.OnChanged();
    }

    /// <summary>True when a call answers -EAGAIN although there is something to move. An edge follows.</summary>
    protected bool IsLate()
    {
        if (!kernel.Random.Chance(kernel.Profile.LateReadinessPerMillion))
        {
            return false;
        }

        Notify();
        return true;
    }

    /// <summary>The last descriptor is closed.</summary>
    protected virtual void OnClosed()
    {
    }

    private Watch? Find(int fileDescriptor, IEdgeListener listener) =>
        _watches.Find(watch => watch.FileDescriptor == fileDescriptor && watch.Listener == listener);

    private void Tell(Watch watch)
    {
        if (watch.IsTold)
        {
            return;
        }

        watch.IsTold = true;
        kernel.After(kernel.Random.Between(0, kernel.Profile.MostEdgeDelayNs), () =>
        {
            // What it is ready for when the edge is collected, as epoll_wait(2) tells.
            watch.IsTold = false;
            uint events = Events;
            if (events != 0 && _watches.Contains(watch) && !owner.HasCrashed)
            {
                watch.Listener.OnEdge(watch.Data, events);
            }
        });
    }

    private sealed class Watch(int fileDescriptor, IEdgeListener listener)
    {
        public int FileDescriptor => fileDescriptor;

        public IEdgeListener Listener => listener;

        public ulong Data { get; set; }

        /// <summary>An edge is on its way.</summary>
        public bool IsTold { get; set; }
    }
}
