using System.Buffers;
using Akka.Actor;
using Akka.Event;
using Akka.IO;
using FlexSc.Akka.Hosting;
using FlexSc.Akka.IO;
using FlexSc.Examples.HttpServer.Files;
using FlexSc.Examples.HttpServer.Protocol;

namespace FlexSc.Examples.HttpServer.Service;

/// <summary>What all connections of a service share.</summary>
internal sealed record ConnectionContext(
    HttpServerOptions Options, ServiceIo Io, ServiceCounters Counters, Admission Admission, DeadlineSweeper Deadlines, IFileStore? Files,
    FileCache? FileCache, ILoggingAdapter Log, CancellationToken Stopping)
{
    /// <summary>What answers for <c>/flexsc</c>; null where nothing does.</summary>
    public DashboardSite? Dashboard { get; init; }
}

/// <summary>Asks a connection to finish its response and close.</summary>
internal sealed class DrainConnection : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly DrainConnection Instance = new();
}

/// <summary>The handler of one connection: feeds the engine, sends files, keeps the deadlines.</summary>
internal sealed partial class HttpConnectionActor : UntypedActor
{
    private const int ProgressStepsOfOutput = 4;

    private readonly ConnectionContext _context;
    private readonly IActorRef _connection;
    private readonly ConnectionOutput _output;
    private readonly HttpEngine _engine;
    private readonly ConnectionDeadline _deadline;
    private long _countedRequests;
    private bool _readingSuspended;
    private bool _peerClosed;
    private bool _closing;

    public HttpConnectionActor(ConnectionContext context, IActorRef connection, SocketView socket)
    {
        _context = context;
        _connection = connection;
        _output = context.Io.OutputOf(connection, socket, Self, Limits.UnsentOutputBytes / ProgressStepsOfOutput);
        _engine = new HttpEngine(Limits, ResourcesOf(context));
        _deadline = context.Deadlines.Add(Self);
        _deadline.DueMs = Environment.TickCount64 + context.Options.IdleTimeoutMs;
        if (context.Stopping.IsCancellationRequested)
        {
            // Those that were told to drain are those there were then.
            Self.Tell(DrainConnection.Instance, ActorRefs.NoSender);
        }
    }

    private static HttpResources ResourcesOf(ConnectionContext context) => HttpResources.Samples
        | (context.Files is null ? HttpResources.None : HttpResources.Files) | (context.Dashboard is null ? HttpResources.None : HttpResources.Pages);

    private HttpLimits Limits => _context.Options.Limits;

    private long OutputBudgetBytes => Limits.UnsentOutputBytes - _output.UnsentBytes;

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case PooledReceived received:
                OnReceived(received);
                break;
            case Tcp.Received received:
                OnReceived(received.Data);
                break;
            case FileTransfer transfer:
                OnTransferStep(transfer);
                break;
            case DashboardEvent told:
                OnDashboardEvent(told);
                break;
            case DeadlinePassed:
                OnDeadline();
                break;
            case DrainConnection:
                _engine.CloseAfterResponse();
                EndWatch();
                Settle();
                break;
            case Tcp.PeerClosed:
                OnPeerClosed();
                break;
            case Tcp.ConnectionClosed:
            case Tcp.CommandFailed:
                Context.Stop(Self);
                break;
            default:
                if (_output.TryTakeProgress(message))
                {
                    OnProgress();
                }
                else
                {
                    Unhandled(message);
                }

                break;
        }
    }

    protected override void PostStop()
    {
        _context.Deadlines.Remove(_deadline);
        _transfer?.End();
        _watch?.Dispose();
        _engine.Release();
        if (_readingSuspended)
        {
            _context.Counters.HeldUpConnections.Add(-1);
        }

        _context.Admission.OnEnded();
    }

    private void OnReceived(PooledReceived received)
    {
        try
        {
            _engine.Receive(received.Span, _output, OutputBudgetBytes);
        }
        finally
        {
            received.Release();
        }

        Settle();
    }

    private void OnReceived(ByteString data)
    {
        if (data.IsCompact)
        {
            _engine.Receive(data.ToReadOnlySpan(), _output, OutputBudgetBytes);
        }
        else
        {
            byte[] rented = ArrayPool<byte>.Shared.Rent(data.Count);
            data.CopyTo(rented, 0, data.Count);
            _engine.Receive(rented.AsSpan(0, data.Count), _output, OutputBudgetBytes);
            ArrayPool<byte>.Shared.Return(rented);
        }

        Settle();
    }

    // After every message: hand over the output, then do what the engine's status asks for.
    private void Settle()
    {
        StartTransfer();
        AnswerPages();
        CountRequests();
        _output.Flush();
        if (_engine.InputOverflowed)
        {
            _context.Log.Warning("{0} sent more than {1} bytes ahead of its responses", _connection, Limits.PendingInputBytes);
            _connection.Tell(Tcp.Abort.Instance, Self);
        }
        else if (_engine.Status is EngineStatus.Close or EngineStatus.CloseLingering)
        {
            Close();
        }
        else if (_peerClosed && !_closing && _engine.Status == EngineStatus.Reading)
        {
            // What is left in the engine is a request that can never be completed.
            _closing = true;
            _connection.Tell(Tcp.Close.Instance, Self);
        }
        else
        {
            ThrottleReading();
        }

        if (_engine.Status == EngineStatus.AwaitingDrain || _transferAwaitsDrain || (_closing && _output.UnsentBytes > 0))
        {
            _output.RequestProgress();
        }

        MoveDeadline();
    }

    private void CountRequests()
    {
        long requests = _engine.RequestCount;
        if (requests != _countedRequests)
        {
            _context.Counters.AddRequests(requests - _countedRequests);
            _countedRequests = requests;
        }
    }

    private void Close()
    {
        if (_closing)
        {
            return;
        }

        _closing = true;
        if (_engine.Status == EngineStatus.CloseLingering && !_peerClosed)
        {
            ResumeReading();
            _connection.Tell(Tcp.ConfirmedClose.Instance, Self);
        }
        else
        {
            _connection.Tell(Tcp.Close.Instance, Self);
        }
    }

    private void ThrottleReading()
    {
        // A file is short work as a rule: only a client that sends on meanwhile is stopped.
        if (_engine.Status == EngineStatus.AwaitingDrain
            || (_engine.Status == EngineStatus.AwaitingFile && _engine.PendingInputBytes >= Limits.HeadBytes))
        {
            if (!_readingSuspended)
            {
                _readingSuspended = true;
                _context.Counters.HeldUpConnections.Add(1);
                _connection.Tell(Tcp.SuspendReading.Instance, Self);
            }
        }
        else
        {
            ResumeReading();
        }
    }

    private void ResumeReading()
    {
        if (_readingSuspended)
        {
            _readingSuspended = false;
            _context.Counters.HeldUpConnections.Add(-1);
            _connection.Tell(Tcp.ResumeReading.Instance, Self);
        }
    }

    private void OnProgress()
    {
        if (_output.UnsentBytes <= Limits.UnsentOutputBytes / 2)
        {
            if (_transferAwaitsDrain)
            {
                _transferAwaitsDrain = false;
                _transfer!.ReadNext();
            }
            else
            {
                _engine.Resume(_output, OutputBudgetBytes);
            }
        }

        Settle();
    }

    private void OnPeerClosed()
    {
        _peerClosed = true;
        EndWatch();
        if (_closing)
        {
            Context.Stop(Self);
        }
        else
        {
            Settle();
        }
    }
}
