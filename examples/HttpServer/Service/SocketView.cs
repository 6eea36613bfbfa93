using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using FlexSc.Akka.IO;
using FlexSc.Interop.Calls;

namespace FlexSc.Examples.HttpServer.Service;

/// <summary>What Akka.IO's messages do not tell of a connection's socket, and cannot do to it.</summary>
internal abstract class SocketView
{
    /// <inheritdoc cref="ConnectionOutput.TakenBytes"/>
    public abstract long TakenBytes { get; }

    /// <summary>Bytes that the peer's system is not known to have.</summary>
    /// <param name="unacknowledgedBytes">Bytes of writes whose acknowledgement has not come, where only the writer knows them.</param>
    public abstract long UntakenBytes(long unacknowledgedBytes);

    /// <inheritdoc cref="ConnectionOutput.CloseNow"/>
    public abstract void CloseNow();
}

/// <summary>Of a connection on FlexSC, which knows it.</summary>
internal sealed class FlexScSocketView(IActorRef connection) : SocketView
{
    private readonly TcpOutput _output = FlexTcp.OutputOf(connection);

    public override long TakenBytes => _output.TakenBytes;

    public override long UntakenBytes(long unacknowledgedBytes) => _output.UntakenBytes;

    public override void CloseNow() => connection.Tell(FlexSc.Akka.IO.CloseNow.Instance, ActorRefs.NoSender);
}

/// <summary>Of a connection of stock Akka.IO, which shows its socket to the options of the listener alone.</summary>
internal sealed class StockSocketView(IActorRef connection, Socket socket) : SocketView
{
    public override long TakenBytes => Ask(static descriptor => SocketQueues.AcknowledgedBytes(descriptor));

    public override long UntakenBytes(long unacknowledgedBytes) =>
        unacknowledgedBytes + Ask(static descriptor => SocketQueues.QueuedBytes(descriptor));

    // A send that waits for the peer ends by an error, and Akka.IO closes a connection whose send failed without a reset. Where none
    // waits, closing ends it, too.
    public override void CloseNow()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is ObjectDisposedException or SocketException)
        {
            // It has ended by itself meanwhile.
        }

        connection.Tell(Tcp.Close.Instance, ActorRefs.NoSender);
    }

    // 0 where the connection has ended and its handler is about to learn it. Held, the descriptor cannot become another's meanwhile.
    private long Ask(Func<int, long> question)
    {
        bool held = false;
        try
        {
            socket.SafeHandle.DangerousAddRef(ref held);
            return question((int)socket.SafeHandle.DangerousGetHandle());
        }
        catch (ObjectDisposedException)
        {
            return 0;
        }
        finally
        {
            if (held)
            {
                socket.SafeHandle.DangerousRelease();
            }
        }
    }
}
