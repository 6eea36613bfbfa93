using Akka.Actor;
using Akka.IO;
using Akka.Streams;
using Akka.Streams.Stage;

namespace FlexSc.Akka.Streams;

/// <summary>
/// A connection as a flow. What comes in is written, several elements at a time; what was received is pushed when it is wanted. How the
/// connection is got differs.
/// </summary>
internal abstract class ConnectionLogic : InAndOutGraphStageLogic
{
    private const string EndedBefore =
        "The connection ended before the stream had begun: an accepted one is reset unless its flow is run within akka.io.tcp.register-timeout";

    private readonly Inlet<ByteString> _in;
    private readonly Outlet<ByteString> _out;
    private readonly WriteWindow _window;
    private readonly bool _halfClose;
    private IActorRef? _connection;
    private Exception? _writeFailure;
    private Exception? _failure;
    private bool _isInputOver;
    private bool _hasPeerEnded;
    private bool _hasEnded;

    protected ConnectionLogic(FlowShape<ByteString, ByteString> shape, ActorSystem system, bool halfClose)
        : base(shape)
    {
        StreamSettings settings = StreamSettings.Of(system);
        _in = shape.Inlet;
        _out = shape.Outlet;
        _halfClose = halfClose;
        _window = new WriteWindow(settings.MaxTcpWritesInFlight, settings.MaxTcpBytesInFlight);
        Inbox = new ConnectionInbox(system, settings.ReadAheadBytes);
        SetHandlers(_in, _out, this);
    }

    protected ConnectionInbox Inbox { get; }

    public override void PreStart()
    {
        // The connection outlives the ports: what was written last is sent, and the peer's end is waited for.
        SetKeepGoing(true);
        Inbox.Begin(GetAsyncCallback(OnWoken));
        Open();
    }

    public override void PostStop() => Inbox.Close();

    public override void OnPush()
    {
        ByteString data = Grab(_in);
        _connection!.Tell(_window.Add(data.Count) is { } taken ? Tcp.Write.Create(data, taken) : Tcp.Write.Create(data), Inbox);
        PullNext();
    }

    public override void OnUpstreamFinish()
    {
        _isInputOver = true;
        if (_connection is not null)
        {
            EndOutput(_connection);
        }
        else if (IsClosed(_out))
        {
            CompleteStage();
        }
    }

    public override void OnUpstreamFailure(Exception e) =>
        Abort(new StreamTcpException($"The connection was aborted, for the stream into it failed: {e.Message}", e));

    public override void OnPull() => Deliver();

    public override void OnDownstreamFinish(Exception cause)
    {
        if (cause is not SubscriptionWithCancelException.NonFailureCancellation)
        {
            Abort(cause);
            return;
        }

        Inbox.Discard(_connection);
        if (_hasEnded || (_isInputOver && _connection is null))
        {
            Finish();
        }
        else if (_isInputOver && _connection is not null)
        {
            _connection.Tell(Tcp.Close.Instance, Inbox);
        }
    }

    /// <summary>Takes the connection, or asks for one.</summary>
    protected abstract void Open();

    /// <summary>An event that comes before there is a connection.</summary>
    protected abstract void OnOpening(object message, IActorRef sender);

    /// <summary>There is a connection, in pull mode, that nobody has registered with.</summary>
    protected void Begin(IActorRef connection)
    {
        _connection = connection;
        Inbox.Watch(connection);
        connection.Tell(new Tcp.Register(Inbox, keepOpenOnPeerClosed: true, useResumeWriting: false), Inbox);
        connection.Tell(Tcp.ResumeReading.Instance, Inbox);
        if (_isInputOver)
        {
            EndOutput(connection);
        }
        else
        {
            PullNext();
        }
    }

    private void OnWoken()
    {
        Inbox.OnWoken();
        while (Inbox.TryTakeEvent(out object message, out IActorRef sender))
        {
            if (_connection is null)
            {
                OnOpening(message, sender);
            }
            else
            {
                OnEvent(message);
            }
        }

        Deliver();
    }

    private void OnEvent(object message)
    {
        switch (message)
        {
            case WritesTaken taken:
                _window.OnTaken(taken);
                PullNext();
                break;
            case Tcp.PeerClosed:
                _hasPeerEnded = true;
                break;
            case Tcp.ErrorClosed closed:
                OnEnded(new StreamTcpException($"The connection closed with error: {closed.Cause}", _writeFailure));
                break;
            case Tcp.Aborted:
                string reason = _writeFailure is null ? "" : $": {_writeFailure.Message}";
                OnEnded(new StreamTcpException($"The connection has been aborted{reason}", _writeFailure));
                break;
            case Tcp.ConnectionClosed:
                OnEnded(_writeFailure);
                break;
            case Tcp.CommandFailed failed:
                // Either the connection ends, and says why, or it refuses: then bytes are missing, and what follows them must not be sent.
                _writeFailure ??= failed.Cause.HasValue ? failed.Cause.Value : new StreamTcpException($"{failed.Cmd} failed");
                ((IInternalActorRef)_connection!).Stop();
                break;
            case SocketEnded:
                OnEnded(new StreamTcpException(_writeFailure is null ? EndedBefore : $"A write failed: {_writeFailure.Message}", _writeFailure));
                break;
        }
    }

    /// <summary>The connection is over; the first reason counts. What was received before is still pushed.</summary>
    private void OnEnded(Exception? failure)
    {
        if (!_hasEnded)
        {
            _hasEnded = true;
            _failure = failure;
            _isInputOver = true;
            if (!IsClosed(_in))
            {
                Cancel(_in);
            }
        }
    }

    private void Deliver()
    {
        if (_connection is null)
        {
            return;
        }

        if (IsAvailable(_out) && Inbox.TryTakeReception(_connection, out ByteString? bytes))
        {
            Push(_out, bytes);
        }

        if (Inbox.WaitingBytes > 0)
        {
            return;
        }

        if (_hasEnded)
        {
            Finish();
        }
        else if (_hasPeerEnded && !IsClosed(_out))
        {
            Complete(_out);
        }
    }

    private void Finish()
    {
        if (_failure is not null)
        {
            FailStage(_failure);
        }
        else
        {
            CompleteStage();
        }
    }

    private void PullNext()
    {
        if (_window.IsOpen && !_isInputOver && !HasBeenPulled(_in) && !IsClosed(_in))
        {
            Pull(_in);
        }
    }

    /// <summary>Nothing more is written. Where the peer may still have something to say, and somebody listens, only our direction ends.</summary>
    private void EndOutput(IActorRef connection) => connection.Tell(
        IsClosed(_out) || !_halfClose || _hasPeerEnded ? Tcp.Close.Instance : Tcp.ConfirmedClose.Instance, Inbox);

    private void Abort(Exception cause)
    {
        (_connection as IInternalActorRef)?.Stop();
        FailStage(cause);
    }
}
