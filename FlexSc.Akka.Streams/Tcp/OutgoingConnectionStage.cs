using Akka.Actor;
using Akka.IO;
using Akka.Streams;
using Akka.Streams.Stage;
using FlexSc.Akka.IO;
using StreamTcp = Akka.Streams.Dsl.Tcp;

namespace FlexSc.Akka.Streams;

/// <summary>Connects when it is run.</summary>
internal sealed class OutgoingConnectionStage(ActorSystem system, Tcp.Connect connect, bool halfClose)
    : GraphStageWithMaterializedValue<FlowShape<ByteString, ByteString>, Task<StreamTcp.OutgoingConnection>>
{
    public override FlowShape<ByteString, ByteString> Shape { get; } = new(new("FlexTcpOutgoing.in"), new("FlexTcpOutgoing.out"));

    public override ILogicAndMaterializedValue<Task<StreamTcp.OutgoingConnection>> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        TaskCompletionSource<StreamTcp.OutgoingConnection> result = new(TaskCreationOptions.RunContinuationsAsynchronously);
        return new LogicAndMaterializedValue<Task<StreamTcp.OutgoingConnection>>(new Logic(Shape, system, halfClose, connect, result), result.Task);
    }

    public override string ToString() => $"FlexTCP-to({connect.RemoteAddress})";

    private sealed class Logic(
        FlowShape<ByteString, ByteString> shape,
        ActorSystem system,
        bool halfClose,
        Tcp.Connect connect,
        TaskCompletionSource<StreamTcp.OutgoingConnection> result)
        : ConnectionLogic(shape, system, halfClose)
    {
        public override void PostStop()
        {
            result.TrySetException(new StreamTcpException(
                $"The stream ended before it was connected to {connect.RemoteAddress}", new AbruptStageTerminationException(this)));
            base.PostStop();
        }

        protected override void Open() => Inbox.System.FlexTcp().Tell(connect, Inbox);

        protected override void OnOpening(object message, IActorRef sender)
        {
            switch (message)
            {
                case Tcp.Connected connected:
                    result.TrySetResult(new StreamTcp.OutgoingConnection(connect.RemoteAddress, connected.LocalAddress));
                    Begin(sender);
                    break;
                case Tcp.CommandFailed failed:
                    Exception? cause = failed.Cause.HasValue ? failed.Cause.Value : null;
                    StreamTcpException failure = new($"Connecting to {connect.RemoteAddress} failed: {cause?.Message}", cause);
                    result.TrySetException(failure);
                    FailStage(failure);
                    break;
            }
        }
    }
}
