using System.Net.Sockets;

namespace FlexSc.Interop.Tests.Conformance;

/// <summary>A socket of the test's own, beside the loop's: the other side of a connection, a listener. Its calls wait.</summary>
public abstract class Peer : IDisposable
{
    /// <summary>Its descriptor, in the process of the loop.</summary>
    public abstract long Handle { get; }

    /// <summary>The address it is bound to, as a call takes it.</summary>
    public abstract byte[] LocalAddress { get; }

    /// <summary>O_NONBLOCK is not set.</summary>
    public abstract bool Blocking { set; }

    /// <summary>SO_LINGER.</summary>
    public abstract LingerOption LingerState { set; }

    /// <summary>Binds it to a free port of the loopback address.</summary>
    public abstract void Bind();

    public abstract void Connect(Peer listener);

    public abstract Peer Accept();

    /// <summary>Sends all of it.</summary>
    public abstract int Send(ReadOnlySpan<byte> bytes);

    public abstract int SendTo(ReadOnlySpan<byte> bytes, Peer target);

    public abstract int Receive(Span<byte> bytes);

    public abstract void Shutdown(SocketShutdown how);

    public abstract void Dispose();

    public Task<int> SendAsync(byte[] bytes) => Task.Run(() => Send(bytes));

    public Task<int> ReceiveAsync(Memory<byte> bytes) => Task.Run(() => Receive(bytes.Span));
}
