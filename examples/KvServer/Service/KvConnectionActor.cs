using Akka.Actor;
using Akka.Event;
using Akka.IO;
using FlexSc.Akka.IO;
using FlexSc.Examples.KvServer.Protocol;
using FlexSc.Examples.Shared;

namespace FlexSc.Examples.KvServer.Service;

/// <summary>Handler of one connection: feeds the session, sends its replies, holds it back when the peer does not read.</summary>
internal sealed class KvConnectionActor : UntypedActor
{
    private const long MillisecondsPerSecond = 1000;

    private readonly IActorRef _connection;
    private readonly KvServerContext _server;
    private readonly KvSession _session;
    private readonly IReplies _replies;
    private readonly OpenConnection _self;
    private bool _peerClosed;
    private bool _closing;
    private bool _draining;

    public KvConnectionActor(IActorRef connection, ConnectionAddresses addresses, KvServerContext server)
    {
        _connection = connection;
        _server = server;
        _session = new KvSession(server.Store, server.Statistics, server.Options.SessionLimits);
        _replies = server.Options.Messages == MessageMode.Pooled ? new PooledReplies(connection) : new AckedWrites(connection);
        _self = new OpenConnection(Self, _session, addresses);
    }

    private long ResumeAtBytes => _server.Options.MaxUnsentBytes / 2;

    protected override void PreStart()
    {
        MoveIdleDeadline();
        _server.Counters.Add(_self);
        if (_server.Counters.IsDraining)
        {
            // Those that were told are those there were then.
            OnDrain();
        }
    }

    protected override void PostStop()
    {
        _session.Release();
        _server.Counters.Remove(_self);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case PooledReceived received:
                Consume(received);
                break;
            case Tcp.Received received:
                Consume(received.Data.IsCompact ? received.Data.ToReadOnlySpan() : received.Data.ToArray());
                break;
            case ReplyProgress progress:
                ((AckedWrites)_replies).OnProgress(progress);
                ResumeIfDrained();
                break;
            case OutputDrained:
                ResumeIfDrained();
                break;
            case Tcp.PeerClosed:
                OnPeerClosed();
                break;
            case Tcp.ConnectionClosed:
                Context.Stop(Self);
                break;
            case Tcp.CommandFailed failed:
                // As a rule the peer has gone while its reply was made: no news for an operator.
                Context.GetLogger().Debug("{0} on a client's connection failed: {1}", failed.Cmd, failed.CauseString);
                _connection.Tell(Tcp.Abort.Instance);
                break;
            case DeadlinePassed:
                OnDeadline();
                break;
            case DrainConnection:
                OnDrain();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnPeerClosed()
    {
        // A paused session has requests left; it closes when it has answered them.
        _peerClosed = true;
        if (!_closing && !_session.IsPaused)
        {
            Close();
        }
    }

    private void OnDrain()
    {
        _draining = true;
        if (!_closing && !_session.HasRequestUnderWay)
        {
            Close();
        }
    }

    private void OnDeadline()
    {
        if (Environment.TickCount64 < _self.DueMs)
        {
            // A request came in between.
            return;
        }

        if (_closing)
        {
            // The peer does not read its last replies.
            _connection.Tell(Tcp.Abort.Instance);
        }
        else
        {
            _server.Counters.CountIdle();
            Close();
        }
    }

    private void Close()
    {
        _closing = true;
        _connection.Tell(Tcp.Close.Instance);
        _self.DueMs = Environment.TickCount64 + (_server.Options.CloseTimeoutSeconds * MillisecondsPerSecond);
    }

    private void MoveIdleDeadline()
    {
        if (_server.Options.IdleTimeoutSeconds > 0)
        {
            _self.DueMs = Environment.TickCount64 + (_server.Options.IdleTimeoutSeconds * MillisecondsPerSecond);
        }
    }

    private void Consume(PooledReceived received)
    {
        try
        {
            Consume(received.Span);
        }
        finally
        {
            received.Release();
        }
    }

    private void Consume(ReadOnlySpan<byte> input)
    {
        if (_closing)
        {
            return;
        }

        MoveIdleDeadline();
        bool wasPaused = _session.IsPaused;
        SessionState state = _session.Receive(input, _replies.Output, AllowanceBytes());
        Finish(state);
        if (state == SessionState.Paused && !wasPaused)
        {
            _connection.Tell(Tcp.SuspendReading.Instance);
        }
    }

    private void ResumeIfDrained()
    {
        if (_closing || !_session.IsPaused)
        {
            return;
        }

        if (_replies.UnsentBytes > ResumeAtBytes)
        {
            _replies.RequestProgress(ResumeAtBytes);
            return;
        }

        SessionState state = _session.Resume(_replies.Output, AllowanceBytes());
        Finish(state);
        if (state == SessionState.Reading && !_closing)
        {
            _connection.Tell(Tcp.ResumeReading.Instance);
        }
    }

    private void Finish(SessionState state)
    {
        _replies.Send();
        switch (state)
        {
            case SessionState.Paused:
                _replies.RequestProgress(ResumeAtBytes);
                break;
            case SessionState.Closing:
            case SessionState.Reading when _peerClosed || (_draining && !_session.HasRequestUnderWay):
                Close();
                break;
        }
    }

    private long AllowanceBytes() => _server.Options.MaxUnsentBytes - _replies.UnsentBytes;
}
