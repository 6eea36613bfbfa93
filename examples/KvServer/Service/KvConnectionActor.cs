using Akka.Actor;
using Akka.Event;
using Akka.IO;
using FlexSc.Examples.KvServer.Protocol;

namespace FlexSc.Examples.KvServer.Service;

/// <summary>Handler of one connection: feeds the session, sends its replies, holds it back when the peer does not read.</summary>
internal sealed class KvConnectionActor : UntypedActor
{
    private readonly IActorRef _connection;
    private readonly KvServerContext _server;
    private readonly KvSession _session;
    private readonly AckedWrites _replies;
    private bool _closing;

    public KvConnectionActor(IActorRef connection, KvServerContext server)
    {
        _connection = connection;
        _server = server;
        _session = new KvSession(server.Store, server.Statistics, server.Options.SessionLimits);
        _replies = new AckedWrites(connection);
    }

    protected override void PreStart()
    {
        _server.Counters.ConnectionOpened();
        if (_server.Options.IdleTimeoutSeconds > 0)
        {
            Context.SetReceiveTimeout(TimeSpan.FromSeconds(_server.Options.IdleTimeoutSeconds));
        }
    }

    protected override void PostStop()
    {
        _session.Release();
        _server.Counters.ConnectionClosed();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Tcp.Received received:
                Consume(received.Data.IsCompact ? received.Data.ToReadOnlySpan() : received.Data.ToArray());
                break;
            case ReplyProgress progress:
                _replies.OnProgress(progress);
                ResumeIfDrained();
                break;
            case Tcp.ConnectionClosed:
                Context.Stop(Self);
                break;
            case Tcp.CommandFailed failed:
                Context.GetLogger().Warning("{0} on a client's connection failed: {1}", failed.Cmd, failed.CauseString);
                _connection.Tell(Tcp.Abort.Instance);
                break;
            case ReceiveTimeout:
                OnTimeout();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnTimeout()
    {
        if (_closing)
        {
            // The peer does not read its last replies.
            _connection.Tell(Tcp.Abort.Instance);
        }
        else
        {
            Close();
        }
    }

    private void Close()
    {
        _closing = true;
        _connection.Tell(Tcp.Close.Instance);
        Context.SetReceiveTimeout(TimeSpan.FromSeconds(_server.Options.CloseTimeoutSeconds));
    }

    private void Consume(ReadOnlySpan<byte> input)
    {
        if (_closing)
        {
            return;
        }

        bool wasPaused = _session.IsPaused;
        long commands = _session.Commands;
        long written = _session.WrittenBytes;
        SessionState state = _session.Receive(input, _replies.Output, AllowanceBytes());
        Finish(state, _session.Commands - commands, input.Length, _session.WrittenBytes - written);
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

        if (_replies.UnsentBytes > _server.Options.MaxUnsentBytes / 2)
        {
            _replies.RequestProgress();
            return;
        }

        long commands = _session.Commands;
        long written = _session.WrittenBytes;
        SessionState state = _session.Resume(_replies.Output, AllowanceBytes());
        Finish(state, _session.Commands - commands, 0, _session.WrittenBytes - written);
        if (state == SessionState.Reading)
        {
            _connection.Tell(Tcp.ResumeReading.Instance);
        }
    }

    private void Finish(SessionState state, long commands, long readBytes, long writtenBytes)
    {
        _server.Counters.Served(commands, readBytes, writtenBytes);
        _replies.Send();
        switch (state)
        {
            case SessionState.Paused:
                _replies.RequestProgress();
                break;
            case SessionState.Closing:
                Close();
                break;
        }
    }

    private long AllowanceBytes() => _server.Options.MaxUnsentBytes - _replies.UnsentBytes;
}
