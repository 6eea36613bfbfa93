using System.Net;
using Akka.Actor;
using Akka.Event;
using Akka.IO;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.IO;

/// <summary>A socket by the messages of <see cref="Udp"/>: bound, or a simple sender.</summary>
internal sealed class BoundUdpSocket(ActorLoop loop, UdpOwner owner, OpenedSocket opened, IActorRef? handler) : UdpSocket(loop, owner, opened, handler)
{
    public override object EventOf(ByteString bytes, EndPoint? sender) => new Udp.Received(bytes, sender);

    protected override object FailureOf(object command) => new Udp.CommandFailed((Udp.Command)command);

    protected override bool TryHandle(object message, IActorRef sender)
    {
        switch (message)
        {
            case Udp.Send send:
                Sender.Enqueue(new UnsentDatagram(send, sender, send.Target));
                return true;
            case Udp.SuspendReading when Receiver is not null:
                Receiver.Suspend();
                return true;
            case Udp.ResumeReading when Receiver is not null:
                Receiver.Resume();
                return true;
            case Udp.Unbind when Receiver is not null:
                Close(sender, Udp.Unbound.Instance);
                return true;
            case SendDescriptors send:
                Sender.Enqueue(send, sender);
                return true;
            case UdpJoinGroup join when !IsClosing:
                ChangeGroup(join, sender, () => MulticastGroup.Change(Descriptor, join: true, join.Group, join.InterfaceIndex), new UdpGroupJoined(join.Group));
                return true;
            case UdpLeaveGroup leave when !IsClosing:
                ChangeGroup(leave, sender, () => MulticastGroup.Change(Descriptor, join: false, leave.Group, leave.InterfaceIndex), new UdpGroupLeft(leave.Group));
                return true;
            case Udp.Command command when IsClosing:
                TellSafely(sender, FailureOf(command, new InvalidOperationException($"{this} is being closed")));
                return true;
            default:
                return false;
        }
    }

    private void ChangeGroup(Udp.Command command, IActorRef sender, Action change, Udp.Event done)
    {
        try
        {
            change();
        }
        catch (Exception exception) when (exception is System.Net.Sockets.SocketException or ArgumentException)
        {
            Log.Warning("{0}: {1} failed: {2}", this, command.GetType().Name, exception.Message);
            TellSafely(sender, FailureOf(command, exception));
            return;
        }

        TellSafely(sender, done);
    }
}

/// <summary>A socket by the messages of <see cref="UdpConnected"/>.</summary>
internal sealed class ConnectedUdpSocket(ActorLoop loop, UdpOwner owner, OpenedSocket opened, IActorRef handler) : UdpSocket(loop, owner, opened, handler)
{
    public override object EventOf(ByteString bytes, EndPoint? sender) => new UdpConnected.Received(bytes);

    protected override object FailureOf(object command) => new UdpConnected.CommandFailed((UdpConnected.Command)command);

    protected override bool TryHandle(object message, IActorRef sender)
    {
        switch (message)
        {
            case UdpConnected.Send send:
                Sender.Enqueue(new UnsentDatagram(send, sender, Target: null));
                return true;
            case UdpConnected.SuspendReading:
                Receiver!.Suspend();
                return true;
            case UdpConnected.ResumeReading:
                Receiver!.Resume();
                return true;
            case UdpConnected.Disconnect:
                Close(sender, UdpConnected.Disconnected.Instance);
                return true;
            default:
                return false;
        }
    }
}
