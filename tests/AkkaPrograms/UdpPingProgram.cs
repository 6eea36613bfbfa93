using System.Net;
using System.Text;
using Akka.Actor;
using Akka.IO;

namespace AkkaPrograms;

/// <summary>Pings over Akka.IO's UDP, from a bound socket and from a connected one.</summary>
public static class UdpPingProgram
{
    private const int Pings = 50;

    /// <summary>Binds a socket that answers.</summary>
    /// <returns>Its address.</returns>
    public static Task<EndPoint> ServeAsync(ActorSystem system)
    {
        TaskCompletionSource<EndPoint> bound = new(TaskCreationOptions.RunContinuationsAsynchronously);
        system.ActorOf(Props.Create(() => new Server(bound)));
        return bound.Task;
    }

    /// <summary>Sends pings from a bound socket and then from a connected one, each once the one before is answered.</summary>
    /// <returns>The answers.</returns>
    public static async Task<string> PingAsync(ActorSystem system, EndPoint server)
    {
        TaskCompletionSource<string> bound = new(TaskCreationOptions.RunContinuationsAsynchronously);
        system.ActorOf(Props.Create(() => new BoundClient(server, bound)));
        string answers = await bound.Task;
        TaskCompletionSource<string> connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
        system.ActorOf(Props.Create(() => new ConnectedClient(server, connected)));
        return answers + await connected.Task;
    }

    private sealed class Server : ReceiveActor
    {
        public Server(TaskCompletionSource<EndPoint> bound)
        {
            Context.System.Udp().Tell(new Udp.Bind(Self, new IPEndPoint(IPAddress.Loopback, 0)));
            Receive<Udp.Bound>(answer => bound.SetResult(answer.LocalAddress));
            Receive<Udp.CommandFailed>(failed => bound.TrySetException(new InvalidOperationException($"{failed.Cmd} failed")));
            Receive<Udp.Received>(received => Sender.Tell(Udp.Send.Create(
                ByteString.FromString($"pong to {received.Data}"), received.Sender)));
        }
    }

    private sealed class BoundClient : ReceiveActor
    {
        private readonly StringBuilder _answers = new();
        private int _sent;

        public BoundClient(EndPoint server, TaskCompletionSource<string> done)
        {
            Context.System.Udp().Tell(new Udp.Bind(Self, new IPEndPoint(IPAddress.Loopback, 0)));
            Receive<Udp.Bound>(_ => Send(server));
            Receive<Udp.Received>(received =>
            {
                _answers.AppendLine($"{received.Data}, from the server: {received.Sender.Equals(server)}");
                if (_sent < Pings)
                {
                    Send(server);
                }
                else
                {
                    Sender.Tell(Udp.Unbind.Instance);
                }
            });
            Receive<Udp.Unbound>(_ =>
            {
                done.SetResult(_answers.ToString());
                Context.Stop(Self);
            });
            Receive<Udp.CommandFailed>(failed => done.TrySetException(new InvalidOperationException($"{failed.Cmd} failed")));
        }

        private void Send(EndPoint server) => Sender.Tell(Udp.Send.Create(ByteString.FromString($"bound ping {_sent++}"), server));
    }

    private sealed class ConnectedClient : ReceiveActor
    {
        private readonly StringBuilder _answers = new();
        private int _sent;

        public ConnectedClient(EndPoint server, TaskCompletionSource<string> done)
        {
            UdpConnected.Instance.Apply(Context.System).Manager.Tell(new UdpConnected.Connect(Self, server));
            Receive<UdpConnected.Connected>(_ => Send());
            Receive<UdpConnected.Received>(received =>
            {
                _answers.AppendLine(received.Data.ToString());
                if (_sent < Pings)
                {
                    Send();
                }
                else
                {
                    Sender.Tell(UdpConnected.Disconnect.Instance);
                }
            });
            Receive<UdpConnected.Disconnected>(_ =>
            {
                done.SetResult(_answers.ToString());
                Context.Stop(Self);
            });
            Receive<UdpConnected.CommandFailed>(failed => done.TrySetException(new InvalidOperationException($"{failed.Cmd} failed")));
        }

        private void Send() => Sender.Tell(UdpConnected.Send.Create(ByteString.FromString($"connected ping {_sent++}")));
    }
}
