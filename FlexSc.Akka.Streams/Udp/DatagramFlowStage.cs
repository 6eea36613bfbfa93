using System.Net;
using Akka.Actor;
using Akka.Event;
using Akka.IO;
using Akka.Streams;
using Akka.Streams.Stage;
using FlexSc.Akka.IO;

namespace FlexSc.Akka.Streams;

/// <summary>
/// A socket of datagrams as a flow: what comes in is sent, what was received is pushed when it is wanted. It ends when downstream cancels,
/// when it is unbound and, where that is asked for, when upstream completes.
/// </summary>
/// <typeparam name="T">An element, both ways.</typeparam>
internal sealed class DatagramFlowStage<T>(ActorSystem system, DatagramProtocol<T> protocol, bool endsWithInput)
    : GraphStageWithMaterializedValue<FlowShape<T, T>, Task<UdpStreamBinding>>
    where T : class
{
    public override FlowShape<T, T> Shape { get; } = new(new("FlexUdp.in"), new("FlexUdp.out"));

    public override ILogicAndMaterializedValue<Task<UdpStreamBinding>> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        Logic logic = new(Shape, system, protocol, endsWithInput);
        return new LogicAndMaterializedValue<Task<UdpStreamBinding>>(logic, logic.Binding);
    }

    private sealed class Logic : InAndOutGraphStageLogic
    {
        private readonly Inlet<T> _in;
        private readonly Outlet<T> _out;
        private readonly DatagramProtocol<T> _protocol;
        private readonly DatagramInbox<T> _inbox;
        private readonly TaskCompletionSource<UdpStreamBinding> _binding = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly int _maxSends;
        private readonly bool _endsWithInput;
        private IActorRef? _socket;
        private Exception? _failure;
        private int _sends;
        private bool _isEnding;
        private bool _hasEnded;
        private bool _hasWarned;

        public Logic(FlowShape<T, T> shape, ActorSystem system, DatagramProtocol<T> protocol, bool endsWithInput)
            : base(shape)
        {
            StreamSettings settings = StreamSettings.Of(system);
            _in = shape.Inlet;
            _out = shape.Outlet;
            _protocol = protocol;
            _endsWithInput = endsWithInput;
            _maxSends = settings.MaxSendsInFlight;
            _inbox = new DatagramInbox<T>(system, protocol.ElementOf, settings.MaxWaitingDatagrams, settings.DropsOldest);
            SetHandlers(_in, _out, this);
        }

        public Task<UdpStreamBinding> Binding => _binding.Task;

        public override void PreStart()
        {
            // The socket outlives the ports: what was handed to it is sent.
            SetKeepGoing(true);
            _inbox.Begin(GetAsyncCallback(OnWoken));
            _protocol.Open(_inbox);
        }

        public override void OnPush()
        {
            object send;
            try
            {
                send = _protocol.SendOf(Grab(_in));
            }
            catch (ArgumentException exception)
            {
                Fail(exception);
                return;
            }

            _sends++;
            _socket!.Tell(send, _inbox);
            PullNext();
        }

        public override void OnPull() => Deliver();

        public override void OnUpstreamFinish()
        {
            if (_endsWithInput)
            {
                End();
            }
        }

        public override void OnUpstreamFailure(Exception e) => Fail(e);

        public override void OnDownstreamFinish(Exception cause)
        {
            if (cause is SubscriptionWithCancelException.NonFailureCancellation)
            {
                End();
            }
            else
            {
                Fail(cause);
            }
        }

        public override void PostStop()
        {
            (_socket as IInternalActorRef)?.Stop();
            _inbox.Close();
            Exception abrupt = _failure ?? new AbruptStageTerminationException(this);
            _binding.TrySetException(abrupt);
            if (_hasEnded && _failure is null)
            {
                _ended.TrySetResult();
            }
            else
            {
                _ended.TrySetException(abrupt);

                // Whoever never asks must not be told by the garbage collector.
                _ = _ended.Task.Exception;
            }
        }

        private void OnWoken()
        {
            _inbox.OnWoken();
            while (_inbox.TryTakeEvent(out object message, out IActorRef sender))
            {
                OnEvent(message, sender);
            }

            int settled = _inbox.TakeSettled();
            if (settled > 0)
            {
                _sends -= settled;
                WarnOfFailures();
                PullNext();
                StopWhenSettled();
            }

            Deliver();
        }

        private void OnEvent(object message, IActorRef sender)
        {
            switch (message)
            {
                case Udp.Bound bound:
                    OnOpened(sender, bound.LocalAddress);
                    break;
                case Udp.SimpleSenderReady:
                    OnOpened(sender, localAddress: null);
                    break;
                case UdpConnected.Connected:
                    OnOpened(sender, (sender as UdpSocket)?.Opened.Local);
                    break;
                case Udp.CommandFailed or UdpConnected.CommandFailed:
                    Exception? cause = FlexUdp.CauseOf(message);
                    Fail(new IOException($"{_protocol.Subject} failed: {cause?.Message}", cause));
                    break;
                case EndRequest:
                    End();
                    break;
                case SocketEnded when _isEnding:
                    _hasEnded = true;
                    break;
                case SocketEnded:
                    Fail(new IOException($"{_protocol.Subject}: the socket ended unexpectedly; the log says why"));
                    break;
            }
        }

        private void OnOpened(IActorRef socket, EndPoint? localAddress)
        {
            _socket = socket;
            _inbox.Watch(socket);
            DatagramInbox<T> inbox = _inbox;
            _binding.TrySetResult(new UdpStreamBinding(
                localAddress, () => inbox.Figures, () => inbox.Tell(EndRequest.Instance, ActorRefs.NoSender), _ended.Task));
            PullNext();
            StopWhenSettled();
        }

        /// <summary>Nothing more is sent than what was handed over; then the socket is closed.</summary>
        private void End()
        {
            if (_isEnding)
            {
                return;
            }

            _isEnding = true;
            if (!IsClosed(_in))
            {
                Cancel(_in);
            }

            StopWhenSettled();
        }

        private void StopWhenSettled()
        {
            if (_isEnding && _sends == 0)
            {
                (_socket as IInternalActorRef)?.Stop();
            }
        }

        private void Fail(Exception failure)
        {
            _failure = failure;
            _binding.TrySetException(failure);
            FailStage(failure);
        }

        private void Deliver()
        {
            if (IsAvailable(_out) && _inbox.TryTake(out T? element))
            {
                Push(_out, element);
            }

            if (_hasEnded && (IsClosed(_out) || !_inbox.HasWaiting))
            {
                CompleteStage();
            }
        }

        private void PullNext()
        {
            if (_socket is not null && _sends < _maxSends && !_isEnding && !IsClosed(_in) && !HasBeenPulled(_in))
            {
                Pull(_in);
            }
        }

        private void WarnOfFailures()
        {
            if (!_hasWarned && _inbox.Figures.SendsFailed > 0)
            {
                _hasWarned = true;
                Log.Warning(
                    "{0}: a datagram could not be sent; its socket logs why at level debug, and UdpStreamBinding.Figures counts them",
                    _protocol.Subject);
            }
        }
    }

    private sealed class EndRequest
    {
        public static EndRequest Instance { get; } = new();
    }
}
