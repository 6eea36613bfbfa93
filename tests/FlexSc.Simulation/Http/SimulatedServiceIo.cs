using System.Net;
using Akka.Actor;
using Akka.IO;
using FlexSc.Examples.HttpServer.Files;
using FlexSc.Examples.HttpServer.Service;

namespace FlexSc.Simulation.Http;

/// <summary>The service's own, but for the listener's option, which wants a real socket.</summary>
internal sealed class SimulatedServiceIo(ServiceIo own) : ServiceIo(own.Sockets, own.Description)
{
    public override IEnumerable<Inet.SocketOption> ListenerOptions => [];

    public override Tcp.Command Register(IActorRef handler) => own.Register(handler);

    public override SocketView ViewOf(IActorRef connection, EndPoint remote) => own.ViewOf(connection, remote);

    public override ConnectionOutput OutputOf(IActorRef connection, SocketView socket, IActorRef handler, long progressBytes) =>
        own.OutputOf(connection, socket, handler, progressBytes);

    public override IFileStore? OpenFiles(FileDescriptors descriptors) => own.OpenFiles(descriptors);
}
