using Akka.Actor;
using Akka.Event;
using Akka.IO;
using FlexSc.Examples.KvServer.Protocol;

namespace FlexSc.Examples.KvServer.Service;

/// <summary>Handler of one connection, for Akka.IO's messages: feeds the session, sends its replies, holds it back when the peer does not read.</summary>
internal sealed class KvConnectionActor : UntypedActor
{
    // Small replies travel without an acknowledgement; one per this many bytes is enough to see a peer that does not read.
    private const int BytesPerAck = 64 * 1024;

    private readonly IActorRef _connection;
    private readonly KvServerContext _server;
    private readonly KvSession _session;
    private readonly ByteStringOutput _output = new();
    private long _writtenBytes;
    private long _ackedBytes;
    private long _ackRequestedAt;
    private bool _closing;

    public KvConnectionActor(IActorRef connection, KvServerContext server)
    {
        _connection = connection;
        _server = server;
        _session = new KvSession(server.Store, server.Statistics, server.Options.SessionLimits);
    }

    private long UnsentBytes => _writtenBytes - _ackedBytes;

    private long AllowanceBytes => _server.Options.MaxUnsentBytes - UnsentBytes;

    protected override void PreStart() => _server.Counters.ConnectionOpened();

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
                Consume(received.Data);
                break;
            case Sent sent:
                OnSent(sent);
                break;
            case Tcp.ConnectionClosed:
                Context.Stop(Self);
                break;
            case Tcp.CommandFailed failed:
                Context.GetLogger().Warning("{0} on a client's connection failed: {1}", failed.Cmd, failed.CauseString);
                _connection.Tell(Tcp.Abort.Instance);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Consume(ByteString data)
    {
        if (_closing)
        {
            return;
        }

        ReadOnlySpan<byte> input = data.IsCompact ? data.ToReadOnlySpan() : data.ToArray();
        long commands = _session.Commands;
        bool wasPaused = _session.IsPaused;
        SessionState state = _session.Receive(input, _output, AllowanceBytes);
        _server.Counters.Served(_session.Commands - commands, input.Length, _output.Length);
        Send();
        if (state == SessionState.Paused && !wasPaused)
        {
            _connection.Tell(Tcp.SuspendReading.Instance);
        }

        CloseIf(state);
    }

    private void OnSent(Sent sent)
    {
        _ackedBytes = sent.Position;
        if (_closing || !_session.IsPaused || UnsentBytes > _server.Options.MaxUnsentBytes / 2)
        {
            return;
        }

        long commands = _session.Commands;
        SessionState state = _session.Resume(_output, AllowanceBytes);
        _server.Counters.Served(_session.Commands - commands, 0, _output.Length);
        Send();
        if (state == SessionState.Reading)
        {
            _connection.Tell(Tcp.ResumeReading.Instance);
        }

        CloseIf(state);
    }

    private void Send()
    {
        if (_output.Length == 0)
        {
            return;
        }

        _writtenBytes += _output.Length;
        Tcp.Event ack = Tcp.NoAck.Instance;
        if (_writtenBytes - _ackRequestedAt >= BytesPerAck)
        {
            _ackRequestedAt = _writtenBytes;
            ack = new Sent(_writtenBytes);
        }

        _connection.Tell(Tcp.Write.Create(_output.Take(), ack));
    }

    private void CloseIf(SessionState state)
    {
        if (state == SessionState.Closing)
        {
            _closing = true;
            _connection.Tell(Tcp.Close.Instance);
        }
    }

    /// <summary>Everything written up to a position of the reply stream is in the kernel's hands.</summary>
    private sealed class Sent(long position) : Tcp.Event
    {
        public long Position { get; } = position;
    }
}
