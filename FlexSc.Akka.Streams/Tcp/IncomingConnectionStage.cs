using Akka.Actor;
using Akka.IO;
using Akka.Pattern;
using Akka.Streams;
using Akka.Streams.Stage;

namespace FlexSc.Akka.Streams;

/// <summary>An accepted connection as a flow; it can be run once.</summary>
internal sealed class IncomingConnectionStage(IActorRef connection, ActorSystem system, System.Net.EndPoint remote, bool halfClose)
    : GraphStage<FlowShape<ByteString, ByteString>>
{
    private int _isTaken;

    public override FlowShape<ByteString, ByteString> Shape { get; } = new(new("FlexTcpIncoming.in"), new("FlexTcpIncoming.out"));

    public override string ToString() => $"FlexTCP-from({remote})";

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => Interlocked.Exchange(ref _isTaken, 1) == 0
        ? new Logic(Shape, system, halfClose, connection)
        : throw new IllegalStateException("Cannot materialize an incoming connection Flow twice.");

    private sealed class Logic(FlowShape<ByteString, ByteString> shape, ActorSystem system, bool halfClose, IActorRef connection)
        : ConnectionLogic(shape, system, halfClose)
    {
        protected override void Open() => Begin(connection);

        protected override void OnOpening(object message, IActorRef sender) =>
            throw new InvalidOperationException($"{message} came before the connection was taken");
    }
}
