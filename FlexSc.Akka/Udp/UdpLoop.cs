using FlexSc.Akka.Loops;
using FlexSc.Interop.Calls;

namespace FlexSc.Akka.IO;

/// <summary>What the sockets of datagrams of one loop share. On the loop's thread.</summary>
internal sealed class UdpLoop : ILoopResident
{
    private readonly HashSet<UdpSocket> _sockets = [];
    private readonly Dictionary<(int NameBytes, int ControlBytes), MessageLayout> _layouts = [];
    private readonly Stack<DatagramSend> _sends = new();
    private readonly ActorLoop _loop;

    public UdpLoop(ActorLoop loop)
    {
        _loop = loop;
        Receptions = new LoopReceptions(loop.Loop.Buffers.Count);
        SendBlocks = new SendBlockPool(loop.Group.Settings.SendBlockBytes, loop.Group.Settings.SendPoolBytes);
    }

    public SendBlockPool SendBlocks { get; }

    public LoopReceptions Receptions { get; }

    public IReadOnlyCollection<UdpSocket> Sockets => _sockets;

    /// <summary>How messages lie in the receive buffers of sockets of one kind.</summary>
    public MessageLayout LayoutOf(int nameBytes, int controlBytes)
    {
        if (!_layouts.TryGetValue((nameBytes, controlBytes), out MessageLayout? layout))
        {
            layout = new MessageLayout(nameBytes, controlBytes);
            _layouts.Add((nameBytes, controlBytes), layout);
        }

        return layout;
    }

    public void Add(UdpSocket socket) => _sockets.Add(socket);

    public void Remove(UdpSocket socket)
    {
        if (_sockets.Remove(socket))
        {
            _loop.Io.ReleaseReservation();
        }
    }

    /// <summary>A send to be used once, and given back.</summary>
    public DatagramSend TakeSend() => _sends.TryPop(out DatagramSend? send) ? send : new DatagramSend();

    public void Return(DatagramSend send)
    {
        SendBlocks.Return(send.Block);
        if (SendBlocks.HasSurplus)
        {
            SendBlocks.Trim();
        }

        send.Clear();
        _sends.Push(send);
    }

    public void OnStopping()
    {
        foreach (UdpSocket socket in _sockets.ToArray())
        {
            socket.OnLoopStopping();
        }
    }

    public void OnEnded()
    {
        foreach (UdpSocket socket in _sockets.ToArray())
        {
            socket.OnLoopEnded();
        }

        Receptions.ReclaimAll();
        SendBlocks.Free();

        // After an error the kernel may still look at a layout.
        if (!_loop.Loop.HasFailed)
        {
            foreach (MessageLayout layout in _layouts.Values)
            {
                layout.Dispose();
            }
        }
    }
}

/// <summary>The part of a loop that is UDP's, by name.</summary>
internal static class UdpLoopExtensions
{
    extension(LoopIo io)
    {
        /// <summary>What the sockets of datagrams of the loop share. On the loop's thread.</summary>
        public UdpLoop Udp => io.Get(static loop => new UdpLoop(loop));
    }
}
