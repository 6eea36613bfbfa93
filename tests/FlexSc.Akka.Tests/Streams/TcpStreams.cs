using System.Net;
using Akka.Actor;
using Akka.IO;
using Akka.Streams.Dsl;
using FlexSc.Akka.Streams;
using StreamTcp = Akka.Streams.Dsl.Tcp;

namespace FlexSc.Akka.Tests.Streams;

/// <summary>Streams over TCP, Akka.Streams' own or FlexSC's: what a test does with either.</summary>
public abstract class TcpStreams
{
    public abstract Source<StreamTcp.IncomingConnection, Task<StreamTcp.ServerBinding>> Bind(
        int port = 0, bool halfClose = false, TimeSpan? idleTimeout = null);

    public abstract Flow<ByteString, ByteString, Task<StreamTcp.OutgoingConnection>> Connect(
        EndPoint remote, bool halfClose = true, TimeSpan? idleTimeout = null);

    public static TcpStreams Stock(ActorSystem system) => new OfStock(system.TcpStream());

    public static TcpStreams FlexSc(ActorSystem system) => new OfFlexSc(system.FlexTcpStream());

    public static TcpStreams Of(bool isFlexSc, ActorSystem system) => isFlexSc ? FlexSc(system) : Stock(system);

    private sealed class OfStock(global::Akka.Streams.Dsl.TcpExt streams) : TcpStreams
    {
        public override Source<StreamTcp.IncomingConnection, Task<StreamTcp.ServerBinding>> Bind(int port, bool halfClose, TimeSpan? idleTimeout) =>
            streams.Bind("127.0.0.1", port, halfClose: halfClose, idleTimeout: idleTimeout);

        public override Flow<ByteString, ByteString, Task<StreamTcp.OutgoingConnection>> Connect(EndPoint remote, bool halfClose, TimeSpan? idleTimeout) =>
            streams.OutgoingConnection(remote, halfClose: halfClose, idleTimeout: idleTimeout);
    }

    private sealed class OfFlexSc(FlexTcpStreamExt streams) : TcpStreams
    {
        public override Source<StreamTcp.IncomingConnection, Task<StreamTcp.ServerBinding>> Bind(int port, bool halfClose, TimeSpan? idleTimeout) =>
            streams.Bind("127.0.0.1", port, halfClose: halfClose, idleTimeout: idleTimeout);

        public override Flow<ByteString, ByteString, Task<StreamTcp.OutgoingConnection>> Connect(EndPoint remote, bool halfClose, TimeSpan? idleTimeout) =>
            streams.OutgoingConnection(remote, halfClose: halfClose, idleTimeout: idleTimeout);
    }
}
