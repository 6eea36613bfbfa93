using Akka.Actor;
using Akka.IO;
using FlexSc.Akka.IO;
using FlexSc.Simulation.Connections;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.ActorEcho;

/// <summary>
/// Writes back what comes, and reads on only when little is unacknowledged. It ends the connection when its client has said so, and
/// otherwise when the client has.
/// </summary>
internal sealed class EchoHandler : UntypedActor
{
    private const string Who = "server";

    private readonly EchoSetup _setup;
    private readonly IActorRef _connection;
    private readonly CheckedReader _reader;
    private readonly CheckedWriter _writer;
    private readonly List<byte> _header = [];
    private readonly List<byte> _heldBack = [];
    private readonly long _mostUnacknowledged;
    private EchoTalk? _talk;
    private long _echoed;
    private bool _peerClosed;
    private bool _isEnding;
    private bool _hasEnded;

    public EchoHandler(EchoSetup setup, IActorRef connection)
    {
        _setup = setup;
        _connection = connection;
        _reader = new CheckedReader(setup.World, setup.ServerUse, connection, Self, Who);
        _writer = new CheckedWriter(setup.Server, connection, Self, Who);
        _mostUnacknowledged = 64 << setup.World.Random.Below(8);
    }

    protected override void PreStart()
    {
        Context.Watch(_connection);
        _reader.Want();
    }

    protected override void PostStop() => _setup.Listener.Handlers--;

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Written written:
                _writer.OnAcknowledged(written);
                Settle();
                break;
            case Tcp.CommandFailed failed:
                _writer.OnFailed(failed);
                break;
            case TlsNegotiated when _setup.World.Options.Bind.Length > 0:
                break;
            case ActorIdentity identity:
                _reader.OnIdentity(identity);
                break;
            case Tcp.PeerClosed:
                OnPeerClosed();
                break;
            case Tcp.ConnectionClosed closed:
                OnClosed(closed);
                break;
            case Terminated:
                if (!EndCheck.IsRegistered(_connection))
                {
                    _setup.GivenUp++;
                }
                else if (!_hasEnded)
                {
                    throw new SimulationFailure($"{Who}: a connection has ended without a word");
                }

                Context.Stop(Self);
                break;
            default:
                OnReceived(_reader.TryTake(message) ?? throw new SimulationFailure($"{Who}: {message} was not expected"));
                break;
        }
    }

    private void OnReceived(byte[] bytes)
    {
        if (_hasEnded || _peerClosed)
        {
            throw new SimulationFailure($"{Who}: {bytes.Length} bytes came behind the end");
        }

        Span<byte> rest = bytes;
        while (_talk is null && rest.Length > 0)
        {
            _header.Add(rest[0]);
            rest = rest[1..];
            if (_header.Count == EchoTalk.HeaderBytes)
            {
                _talk = _setup.TalkOf([.. _header]);
                Echo([.. _header]);
            }
        }

        if (_talk is not null && !rest.IsEmpty)
        {
            Echo(rest);
        }

        Settle();
    }

    private void Echo(ReadOnlySpan<byte> bytes)
    {
        if (_isEnding)
        {
            return;
        }

        long all = _echoed + _heldBack.Count;
        _talk!.Check(bytes, all, Who);
        int free = (int)Math.Clamp(_talk.Bytes - _talk.HeldBackBytes - all, 0, bytes.Length);
        int written = (int)Math.Min(free, _talk.ServerEndsAfter - _echoed);
        if (written > 0)
        {
            _writer.Write(bytes[..written]);
            _echoed += written;
        }

        if (_echoed == _talk.ServerEndsAfter)
        {
            End();
        }
        else
        {
            _heldBack.AddRange(bytes[free..]);
        }
    }

    private void End()
    {
        _isEnding = true;
        switch (_talk!.Mode)
        {
            case EndMode.ServerConfirmsClose:
                _connection.Tell(Tcp.ConfirmedClose.Instance);
                break;
            case EndMode.ServerCloses:
                _connection.Tell(Tcp.Close.Instance);
                break;
            case EndMode.ServerAborts:
                _connection.Tell(Tcp.Abort.Instance);
                break;
            default:
                Context.Stop(Self);
                break;
        }
    }

    private void OnPeerClosed()
    {
        if (_peerClosed || _hasEnded)
        {
            throw new SimulationFailure($"{Who}: a second end");
        }

        _peerClosed = true;
        if (_isEnding)
        {
            return;
        }

        if (_talk is { Mode: EndMode.ClientConfirmsClose or EndMode.ClientCloses } && _echoed + _heldBack.Count != _talk.Bytes)
        {
            RequireEarly($"the client has ended after {_echoed + _heldBack.Count} bytes");
        }

        if (_heldBack.Count > 0)
        {
            _writer.Write(_heldBack.ToArray());
            _echoed += _heldBack.Count;
        }

        _isEnding = true;
        _connection.Tell(Tcp.Close.Instance);
    }

    private void OnClosed(Tcp.ConnectionClosed closed)
    {
        if (_hasEnded)
        {
            throw new SimulationFailure($"{Who}: {closed} behind the end");
        }

        _hasEnded = true;
        _reader.ReleaseAll();
        bool isRight = _talk?.Mode switch
        {
            EndMode.ClientConfirmsClose or EndMode.ClientCloses => closed is Tcp.Closed,
            EndMode.ServerConfirmsClose when _isEnding => closed is Tcp.ConfirmedClosed or Tcp.ErrorClosed,
            EndMode.ServerCloses when _isEnding => closed is Tcp.Closed or Tcp.ErrorClosed,
            EndMode.ServerAborts when _isEnding => closed is Tcp.Aborted or Tcp.ErrorClosed,
            _ => true,
        };
        if (!isRight)
        {
            RequireEarly($"{closed} is told");
        }
    }

    /// <summary>Only a send that failed, or a client that is gone, ends it so.</summary>
    private void RequireEarly(string what)
    {
        if (!_setup.MayFailEarly && !_talk!.IsCrashed)
        {
            throw new SimulationFailure($"{Who}, {_talk}: {what}");
        }
    }

    private void Settle()
    {
        if (_hasEnded || (_peerClosed && _isEnding))
        {
            return;
        }

        // One that ends its own direction has to hear the other's end.
        if (_isEnding || _writer.UnacknowledgedBytes <= _mostUnacknowledged / 2)
        {
            _reader.Want();
        }
        else if (_writer.UnacknowledgedBytes > _mostUnacknowledged)
        {
            _reader.Suspend();
        }
    }
}
