using System.Net;
using System.Runtime.InteropServices;
using Akka.Actor;
using Akka.Configuration;
using Akka.IO;
using FlexSc.Akka.IO;
using FlexSc.Peers;

namespace FlexSc.Peers.DatagramServer;

/// <summary>Sends datagrams back: by Akka.IO's messages, or by FlexSC's without copies.</summary>
internal static class Program
{
    private const string Pooled = "flexsc-pooled";

    private static async Task Main(string[] args)
    {
        string variant = args.Length == 1 ? args[0] : throw new ArgumentException("usage: DatagramServer akka-io|flexsc|flexsc-actors|flexsc-pooled");
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Environment.Exit(0));
        string sockets = variant == Pooled ? "flexsc-actors" : variant;
        using ActorSystem system = ActorSystem.Create("echo", ConfigurationFactory.ParseString(SocketsByConfiguration.Of(sockets)));
        TaskCompletionSource<EndPoint> bound = new(TaskCreationOptions.RunContinuationsAsynchronously);
        system.ActorOf(variant == Pooled ? Props.Create(() => new PooledEcho(bound)) : Props.Create(() => new Echo(bound)), "server");
        EndPoint endPoint = await bound.Task.ConfigureAwait(false);
        Console.WriteLine($"{variant}: Akka.NET {typeof(ActorSystem).Assembly.GetName().Version}");
        Console.WriteLine($"listening on {endPoint}");
        CpuStatistics.Serve();
        Environment.Exit(0);
    }
}

internal sealed class Echo : UntypedActor
{
    private readonly TaskCompletionSource<EndPoint> _bound;
    private IActorRef _socket = ActorRefs.Nobody;

    public Echo(TaskCompletionSource<EndPoint> bound)
    {
        _bound = bound;
        Context.System.Udp().Tell(new Udp.Bind(Self, new IPEndPoint(IPAddress.Loopback, 0)));
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Udp.Received received:
                _socket.Tell(Udp.Send.Create(received.Data, received.Sender));
                break;
            case Udp.Bound answer:
                _socket = Sender;
                _bound.SetResult(answer.LocalAddress);
                break;
            case Udp.CommandFailed { Cmd: Udp.Bind } failed:
                _bound.SetException(new IOException(failed.ToString()));
                break;
        }
    }
}

internal sealed class PooledEcho : UntypedActor
{
    private readonly TaskCompletionSource<EndPoint> _bound;
    private UdpOutput? _output;

    public PooledEcho(TaskCompletionSource<EndPoint> bound)
    {
        _bound = bound;
        Context.System.FlexUdp().Tell(new Udp.Bind(Self, new IPEndPoint(IPAddress.Loopback, 0), [DatagramOptions.Pooled]));
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case PooledReceived received:
                _output!.TryReply(received.Span, received);
                received.Release();
                break;
            case Udp.Bound answer:
                _output = FlexUdp.OutputOf(Sender);
                _bound.SetResult(answer.LocalAddress);
                break;
            case Udp.CommandFailed { Cmd: Udp.Bind } failed:
                _bound.SetException(new IOException(failed.ToString()));
                break;
        }
    }
}
