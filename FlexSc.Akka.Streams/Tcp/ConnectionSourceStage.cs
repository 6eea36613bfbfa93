using System.Net;
using System.Net.Sockets;
using Akka;
using Akka.Actor;
using Akka.IO;
using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Streams.Stage;
using FlexSc.Akka.IO;
using Dns = Akka.IO.Dns;
using StreamTcp = Akka.Streams.Dsl.Tcp;
using Tcp = Akka.IO.Tcp;

namespace FlexSc.Akka.Streams;

/// <summary>Binds when it is run; its elements are the connections that come.</summary>
internal sealed class ConnectionSourceStage(ActorSystem system, BindParameters parameters)
    : GraphStageWithMaterializedValue<SourceShape<StreamTcp.IncomingConnection>, Task<StreamTcp.ServerBinding>>
{
    private readonly Outlet<StreamTcp.IncomingConnection> _out = new("FlexTcpConnections.out");

    public override SourceShape<StreamTcp.IncomingConnection> Shape => new(_out);

    public override ILogicAndMaterializedValue<Task<StreamTcp.ServerBinding>> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        TaskCompletionSource<StreamTcp.ServerBinding> binding = new(TaskCreationOptions.RunContinuationsAsynchronously);
        return new LogicAndMaterializedValue<Task<StreamTcp.ServerBinding>>(new Logic(this, system, parameters, binding), binding.Task);
    }

    private sealed class Logic : OutGraphStageLogic
    {
        private readonly Outlet<StreamTcp.IncomingConnection> _out;
        private readonly BindParameters _parameters;
        private readonly TaskCompletionSource<StreamTcp.ServerBinding> _binding;
        private readonly TaskCompletionSource _unbound = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Queue<(Tcp.Connected Connected, IActorRef Connection)> _accepted = new();
        private readonly StageInbox _inbox;
        private IActorRef? _listener;
        private bool _isUnbinding;

        public Logic(
            ConnectionSourceStage stage, ActorSystem system, BindParameters parameters, TaskCompletionSource<StreamTcp.ServerBinding> binding)
            : base(stage.Shape)
        {
            _out = stage._out;
            _parameters = parameters;
            _binding = binding;
            _inbox = new StageInbox(system);
            SetHandler(_out, this);
        }

        public override void PreStart()
        {
            _inbox.Begin(GetAsyncCallback(OnWoken));
            if (_parameters.EndPoint is not DnsEndPoint name)
            {
                Bind(_parameters.EndPoint);
            }
            else if (Dns.ResolveName(name.Host, _inbox.System, _inbox) is { } resolved)
            {
                OnResolved(resolved, name);
            }
        }

        public override void OnPull()
        {
            if (_accepted.TryDequeue(out (Tcp.Connected Connected, IActorRef Connection) next))
            {
                Push(_out, FlowOf(next.Connected, next.Connection));
            }
            else
            {
                _listener?.Tell(new Tcp.ResumeAccepting(1), _inbox);
            }
        }

        public override void OnDownstreamFinish(Exception cause)
        {
            if (_listener is null)
            {
                // What is bound later is closed by the inbox.
                base.OnDownstreamFinish(cause);
            }
            else
            {
                Unbind(_listener);
            }
        }

        public override void PostStop()
        {
            while (_accepted.TryDequeue(out (Tcp.Connected Connected, IActorRef Connection) unwanted))
            {
                ((IInternalActorRef)unwanted.Connection).Stop();
            }

            _inbox.Close();
            _binding.TrySetException(new StreamTcpException(
                $"The stream ended before {_parameters.EndPoint} was bound", new AbruptStageTerminationException(this)));
            _unbound.TrySetResult();
        }

        private void OnWoken()
        {
            _inbox.OnWoken();
            while (_inbox.TryTakeEvent(out object message, out IActorRef sender))
            {
                OnEvent(message, sender);
            }
        }

        private void OnEvent(object message, IActorRef sender)
        {
            switch (message)
            {
                case Dns.Resolved resolved:
                    OnResolved(resolved, (DnsEndPoint)_parameters.EndPoint);
                    break;
                case Tcp.Bound bound:
                    OnBound(bound, sender);
                    break;
                case Tcp.CommandFailed failed:
                    Fail(failed.Cause.HasValue ? failed.Cause.Value : null);
                    break;
                case Tcp.Connected connected:
                    OnAccepted(connected, sender);
                    break;
                case UnbindRequest when _listener is not null:
                    Unbind(_listener);
                    break;
                case Tcp.Unbound:
                    CompleteStage();
                    break;
                case SocketEnded when _isUnbinding:
                    CompleteStage();
                    break;
                case SocketEnded:
                    FailStage(new StreamTcpException($"The listener on {_parameters.EndPoint} ended unexpectedly; the log says why"));
                    break;
            }
        }

        private void OnResolved(Dns.Resolved resolved, DnsEndPoint name)
        {
            if (resolved.IsSuccess && resolved.Ipv4.Concat(resolved.Ipv6).FirstOrDefault() is { } address)
            {
                Bind(new IPEndPoint(address, name.Port));
            }
            else
            {
                Fail(resolved.IsSuccess ? new SocketException((int)SocketError.HostNotFound) : resolved.Exception);
            }
        }

        private void Bind(EndPoint endPoint) => _inbox.System.FlexTcp().Tell(
            new Tcp.Bind(_inbox, endPoint, _parameters.Backlog, _parameters.Options, pullMode: true), _inbox);

        private void OnBound(Tcp.Bound bound, IActorRef listener)
        {
            _listener = listener;

            // From here on it is closed before the stage ends.
            SetKeepGoing(true);
            _inbox.Watch(listener);
            StageInbox inbox = _inbox;
            Task unbound = _unbound.Task;
            _binding.TrySetResult(new StreamTcp.ServerBinding(bound.LocalAddress, () =>
            {
                inbox.Tell(UnbindRequest.Instance, ActorRefs.NoSender);
                return unbound;
            }));
            if (IsAvailable(_out))
            {
                listener.Tell(new Tcp.ResumeAccepting(1), _inbox);
            }
        }

        private void OnAccepted(Tcp.Connected connected, IActorRef connection)
        {
            if (IsAvailable(_out))
            {
                Push(_out, FlowOf(connected, connection));
            }
            else if (_accepted.Count < _parameters.Backlog && !_isUnbinding)
            {
                _accepted.Enqueue((connected, connection));
            }
            else
            {
                ((IInternalActorRef)connection).Stop();
            }
        }

        private StreamTcp.IncomingConnection FlowOf(Tcp.Connected connected, IActorRef connection) => new(
            connected.LocalAddress,
            connected.RemoteAddress,
            IdleTimeout.Limit(
                Flow.FromGraph(new IncomingConnectionStage(connection, _inbox.System, connected.RemoteAddress, _parameters.HalfClose)),
                _parameters.IdleTimeout,
                connected.RemoteAddress));

        private void Unbind(IActorRef listener)
        {
            if (!_isUnbinding)
            {
                _isUnbinding = true;
                listener.Tell(Tcp.Unbind.Instance, _inbox);
            }
        }

        private void Fail(Exception? cause)
        {
            StreamTcpException failure = new($"Binding to {_parameters.EndPoint} failed: {cause?.Message}", cause);
            _binding.TrySetException(failure);
            FailStage(failure);
        }
    }

    private sealed class UnbindRequest
    {
        public static UnbindRequest Instance { get; } = new();
    }
}

/// <summary>What is asked of a listener.</summary>
internal sealed record BindParameters(
    EndPoint EndPoint, int Backlog, IEnumerable<Inet.SocketOption>? Options, bool HalfClose, TimeSpan? IdleTimeout);
