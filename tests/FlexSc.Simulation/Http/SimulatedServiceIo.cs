using System.Net;
using Akka.Actor;
using Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Examples.HttpServer.Files;
using FlexSc.Examples.HttpServer.Service;

namespace FlexSc.Simulation.Http;

/// <summary>The service's own, but for the listener's option, which wants a real socket.</summary>
internal sealed class SimulatedServiceIo(ServiceIo own) : ServiceIo
{
    public override IActorRef Tcp => own.Tcp;

    public override string Description => own.Description;

    public override IReadOnlyList<LoopFigures> Loops => own.Loops;

    public override IEnumerable<Inet.SocketOption> ListenerOptions => [];

    public override Props Place(Props props) => own.Place(props);

    public override Tcp.Command Register(IActorRef handler) => own.Register(handler);

    public override SocketView ViewOf(IActorRef connection, EndPoint remote) => own.ViewOf(connection, remote);

    public override ConnectionOutput OutputOf(IActorRef connection, SocketView socket, IActorRef handler, long progressBytes) =>
        own.OutputOf(connection, socket, handler, progressBytes);

    public override IFileStore? OpenFiles(FileDescriptors descriptors) => own.OpenFiles(descriptors);

    public override Task WhenEnded() => own.WhenEnded();
}
