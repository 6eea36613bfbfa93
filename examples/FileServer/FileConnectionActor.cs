using Akka.Actor;
using Akka.Event;
using Akka.IO;
using FlexSc.Akka.IO;
using FlexSc.Examples.HttpServer.Protocol;
using FlexSc.Examples.HttpServer.Service;
using FlexSc.Examples.Shared;

namespace FlexSc.Examples.FileServer;

/// <summary>
/// The handler of one connection: bytes go to the engine, which answers what it can by itself and names the files that are asked for.
/// </summary>
internal sealed partial class FileConnectionActor : UntypedActor
{
    private readonly FileServerContext _context;
    private readonly IActorRef _connection;
    private readonly HttpEngine _engine;
    private readonly ConnectionDeadline _deadline;
    private readonly PooledWriter _output = new();
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private long _unsentBytes;
    private long _sentBytes;
    private long _countedRequests;
    private bool _isReadingSuspended;
    private bool _hasPeerClosed;
    private bool _isClosing;
    private (RequestPhase Phase, long Request, long SentBytes, bool IsClosing) _progress;

    public FileConnectionActor(FileServerContext context, IActorRef connection)
    {
        _context = context;
        _connection = connection;
        _engine = new HttpEngine(context.Options.Limits, HttpResources.Files);
        _deadline = context.Deadlines.Add(Self);
        PutOffDeadline();
    }

    private long OutputBudgetBytes => _context.Options.Limits.UnsentOutputBytes - _unsentBytes;

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Tcp.Received received:
                _engine.Receive(received.Data.Compact().ToReadOnlySpan(), _output, OutputBudgetBytes);
                break;
            case Sent sent:
                OnSent(sent.Bytes);
                break;
            case FlexFile.Event answer:
                OnFileAnswer(answer);
                break;
            case DeadlinePassed:
                OnDeadline();
                break;
            case DrainConnection:
                _engine.CloseAfterResponse();
                break;
            case Tcp.PeerClosed:
                _hasPeerClosed = true;
                break;
            case Tcp.ConnectionClosed:
            case Tcp.CommandFailed:
                Context.Stop(Self);
                return;
            default:
                Unhandled(message);
                return;
        }

        Settle();
    }

    protected override void PostStop()
    {
        // A file that is open closes with its owner.
        _context.Deadlines.Remove(_deadline);
        _engine.Release();
        _context.Counters.Connections.Add(-1);
    }

    // After every message: what was written leaves, and what the engine's status asks for is done.
    private void Settle()
    {
        OpenFile();
        Flush();
        ReadFile();
        _context.Counters.AddRequests(_engine.RequestCount - _countedRequests);
        _countedRequests = _engine.RequestCount;
        if (_engine.InputOverflowed)
        {
            _connection.Tell(Tcp.Abort.Instance);
        }
        else if (_engine.Status is EngineStatus.Close or EngineStatus.CloseLingering)
        {
            // What the peer still sends is read, or the answer would be lost to a reset.
            Close(_engine.Status == EngineStatus.CloseLingering && !_hasPeerClosed ? Tcp.ConfirmedClose.Instance : Tcp.Close.Instance);
        }
        else if (_hasPeerClosed && _engine.Status == EngineStatus.Reading)
        {
            Close(Tcp.Close.Instance);
        }
        else
        {
            SuspendReading(_engine.Status != EngineStatus.Reading);
        }

        MoveDeadline();
    }

    private void OnSent(int bytes)
    {
        _unsentBytes -= bytes;
        _sentBytes += bytes;
        if (_engine.Status == EngineStatus.AwaitingDrain && _unsentBytes <= _context.Options.Limits.UnsentOutputBytes / 2)
        {
            _engine.Resume(_output, OutputBudgetBytes);
        }
    }

    private void Flush()
    {
        if (_output.Length > 0)
        {
            Send(_output.Take());
        }
    }

    private void Send(ByteString bytes)
    {
        _unsentBytes += bytes.Count;
        _connection.Tell(Tcp.Write.Create(bytes, new Sent(bytes.Count)));
    }

    private void Close(Tcp.CloseCommand command)
    {
        if (!_isClosing)
        {
            _isClosing = true;
            SuspendReading(false);
            _connection.Tell(command);
        }
    }

    private void SuspendReading(bool isSuspended)
    {
        if (_isReadingSuspended != isSuspended)
        {
            _isReadingSuspended = isSuspended;
            _connection.Tell(isSuspended ? Tcp.SuspendReading.Instance : Tcp.ResumeReading.Instance);
        }
    }

    // Bytes that trickle in during a request do not put its deadline off; bytes that the peer takes do.
    private void MoveDeadline()
    {
        (RequestPhase, long, long, bool) progress = (_engine.Phase, _engine.RequestCount, _sentBytes, _isClosing);
        if (progress != _progress)
        {
            _progress = progress;
            PutOffDeadline();
        }
    }

    private void PutOffDeadline() => _deadline.DueMs = Environment.TickCount64 + (_context.Options.TimeoutSeconds * 1000L);

    private void OnDeadline()
    {
        // It may have moved between the sweep and now.
        if (Environment.TickCount64 < _deadline.DueMs)
        {
            return;
        }

        if (_isClosing || _engine.Phase == RequestPhase.Response)
        {
            _connection.Tell(Tcp.Abort.Instance);
        }
        else if (_engine.Phase == RequestPhase.Idle)
        {
            _engine.CloseAfterResponse();
        }
        else
        {
            _engine.RefuseLate(_output);
        }
    }

    /// <summary>The kernel has taken a write.</summary>
    private sealed class Sent(int bytes) : Tcp.Event
    {
        public int Bytes => bytes;
    }
}
