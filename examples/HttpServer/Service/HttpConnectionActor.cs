using System.Buffers;
using Akka.Actor;
using Akka.Event;
using Akka.IO;
using FlexSc.Akka.IO;
using FlexSc.Examples.HttpServer.Files;
using FlexSc.Examples.HttpServer.Protocol;

namespace FlexSc.Examples.HttpServer.Service;

/// <summary>What all connections of a service share.</summary>
internal sealed record ConnectionContext(
    HttpServerOptions Options, ServiceIo Io, ServiceCounters Counters, DeadlineSweeper Deadlines, IFileStore? Files, ILoggingAdapter Log);

/// <summary>Asks a connection to finish its response and close.</summary>
internal sealed class DrainConnection : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly DrainConnection Instance = new();
}

/// <summary>The handler of one connection: feeds the engine, sends files, keeps the deadlines.</summary>
internal sealed class HttpConnectionActor : UntypedActor
{
    private const int ProgressStepsOfOutput = 4;

    private readonly ConnectionContext _context;
    private readonly IActorRef _connection;
    private readonly ConnectionOutput _output;
    private readonly HttpEngine _engine;
    private readonly ConnectionDeadline _deadline;
    private FileTransfer? _transfer;
    private RequestPhase _phase;
    private long _phaseRequest;
    private long _countedRequests;
    private bool _readingSuspended;
    private bool _transferAwaitsDrain;
    private bool _peerClosed;
    private bool _closing;

    public HttpConnectionActor(ConnectionContext context, IActorRef connection)
    {
        _context = context;
        _connection = connection;
        _output = context.Io.OutputOf(connection, Self, Limits.UnsentOutputBytes / ProgressStepsOfOutput);
        _engine = new HttpEngine(Limits, context.Files is not null);
        _deadline = context.Deadlines.Add(Self);
        _deadline.DueMs = Environment.TickCount64 + context.Options.IdleTimeoutMs;
    }

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
            case DeadlinePassed:
                OnDeadline();
                break;
            case DrainConnection:
                _engine.CloseAfterResponse();
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
        _engine.Release();
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
        CountRequests();
        if (_engine.Status == EngineStatus.AwaitingFile && _transfer is null)
        {
            _transfer = new FileTransfer(
                _context.Files!, _engine.PendingFile!, Self, _context.Options.FileChunkBytes, _context.Log);
            _transfer.Open();
        }

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

        // A slow client that takes some bytes is making progress: its deadline moves.
        _phase = RequestPhase.Idle;
        Settle();
    }

    private void OnTransferStep(FileTransfer transfer)
    {
        if (!ReferenceEquals(transfer, _transfer) || _closing)
        {
            return;
        }

        if (transfer.Failure is not null)
        {
            _context.Log.Warning(transfer.Failure, "sending {0} failed", transfer.OpenedName);
        }

        if (!transfer.HasExtent)
        {
            StartResponse(transfer);
        }
        else
        {
            ContinueResponse(transfer);
        }

        _phase = RequestPhase.Idle;
        Settle();
    }

    private void StartResponse(FileTransfer transfer)
    {
        FileRequest request = transfer.Request;
        if (transfer.Failure is not null || transfer.Status is not (0 or 301))
        {
            int status = transfer.Failure is not null ? 500 : transfer.Status;
            ResponseWriter.WriteStatus(_output, status, request.Mode, request.HeadOnly);
            EndTransfer();
            return;
        }

        if (transfer.IsBareDirectory)
        {
            FileResponseWriter.WriteRedirect(_output, request);
            EndTransfer();
            return;
        }

        FileMetadata file = transfer.File!.Metadata;
        FileAnswer answer = FileAnswer.For(request, file);
        FileResponseWriter.WriteHead(_output, request, file, answer, transfer.OpenedName);
        transfer.SetExtent(answer);
        AdvanceTransfer(transfer);
    }

    private void ContinueResponse(FileTransfer transfer)
    {
        // The length was promised in the head: a file that fails or shrinks can only be told by breaking off.
        if (transfer.Failure is not null || transfer.Chunk.IsEmpty)
        {
            _transfer = null;
            transfer.End();
            _closing = true;
            _connection.Tell(Tcp.Abort.Instance, Self);
            return;
        }

        ResponseWriter.Copy(_output, transfer.Chunk);
        AdvanceTransfer(transfer);
    }

    private void AdvanceTransfer(FileTransfer transfer)
    {
        if (transfer.LeftBytes == 0)
        {
            EndTransfer();
        }
        else if (_output.UnsentBytes > Limits.UnsentOutputBytes)
        {
            _transferAwaitsDrain = true;
        }
        else
        {
            transfer.ReadNext();
        }
    }

    private void EndTransfer()
    {
        FileTransfer transfer = _transfer!;
        _transfer = null;
        transfer.End();
        _engine.FinishFile(mayContinue: true);
        _engine.Resume(_output, OutputBudgetBytes);
    }

    private void OnPeerClosed()
    {
        _peerClosed = true;
        if (_closing)
        {
            Context.Stop(Self);
        }
        else
        {
            Settle();
        }
    }

    // A deadline belongs to a phase of one request and is not put off by the bytes that trickle in during it.
    private void MoveDeadline()
    {
        RequestPhase phase = _engine.Phase;
        if (_closing)
        {
            if (_phase != RequestPhase.Response || _phaseRequest != -1)
            {
                _phase = RequestPhase.Response;
                _phaseRequest = -1;
                _deadline.DueMs = Environment.TickCount64
                    + (_output.UnsentBytes > 0 ? _context.Options.WriteTimeoutMs : _context.Options.LingerTimeoutMs);
            }

            return;
        }

        if (phase == _phase && _engine.RequestCount == _phaseRequest && phase != RequestPhase.Idle)
        {
            return;
        }

        _phase = phase;
        _phaseRequest = _engine.RequestCount;
        _deadline.DueMs = Environment.TickCount64 + phase switch
        {
            RequestPhase.Head => _context.Options.HeadTimeoutMs,
            RequestPhase.Body => _context.Options.BodyTimeoutMs,
            RequestPhase.Response => _context.Options.WriteTimeoutMs,
            _ => _context.Options.IdleTimeoutMs,
        };
    }

    private void OnDeadline()
    {
        // The deadline may have moved between the sweep and now.
        if (Environment.TickCount64 < _deadline.DueMs)
        {
            return;
        }

        if (_closing || _engine.Phase == RequestPhase.Response)
        {
            _connection.Tell(Tcp.Abort.Instance, Self);
        }
        else if (_engine.Phase == RequestPhase.Idle)
        {
            _engine.CloseAfterResponse();
            Settle();
        }
        else
        {
            _engine.RefuseLate(_output);
            Settle();
        }
    }
}
