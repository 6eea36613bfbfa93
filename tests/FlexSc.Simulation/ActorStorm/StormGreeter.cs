using Akka.Actor;
using Akka.IO;
using FlexSc.Simulation.Connections;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.ActorStorm;

/// <summary>Greets whoever connects and closes.</summary>
internal sealed class StormGreeter(ListenerState listener, IActorRef connection) : UntypedActor
{
    public const byte Greeting = (byte)'!';

    protected override void PreStart()
    {
        Context.Watch(connection);
        connection.Tell(Tcp.Write.Create(ByteString.CopyFrom([Greeting])), Self);
        connection.Tell(Tcp.Close.Instance, Self);
    }

    protected override void PostStop() => listener.Handlers--;

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Tcp.ConnectionClosed or Tcp.CommandFailed:
                break;
            case Terminated:
                Context.Stop(Self);
                break;
            default:
                throw new SimulationFailure($"server: {message} was not expected");
        }
    }
}
