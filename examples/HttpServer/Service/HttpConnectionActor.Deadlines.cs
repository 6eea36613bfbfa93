using Akka.IO;
using FlexSc.Examples.HttpServer.Protocol;

namespace FlexSc.Examples.HttpServer.Service;

/// <content>Deadlines: which one runs, and what happens when it passes.</content>
internal sealed partial class HttpConnectionActor
{
    /// <summary>How often, in its time limit, a response is looked at for progress: a peer that took nothing is ended so exactly.</summary>
    private const int LooksInTimeLimit = 8;

    private RequestPhase _phase;
    private long _phaseRequest;
    private bool _closingSeen;
    private bool _ended;
    private long _takenBytes;
    private long _progressMs;

    private bool AwaitsPeer => _closing || _engine.Phase == RequestPhase.Response;

    // A deadline belongs to a phase of one request and is not put off by the bytes that trickle in during it.
    private void MoveDeadline()
    {
        RequestPhase phase = _engine.Phase;
        if (phase == _phase && _engine.RequestCount == _phaseRequest && _closing == _closingSeen)
        {
            return;
        }

        _phase = phase;
        _phaseRequest = _engine.RequestCount;
        _closingSeen = _closing;
        if (AwaitsPeer)
        {
            _progressMs = Environment.TickCount64;
            _takenBytes = _output.TakenBytes;
            AwaitNextLook();
            return;
        }

        _deadline.DueMs = Environment.TickCount64 + phase switch
        {
            RequestPhase.Head => _context.Options.HeadTimeoutMs,
            RequestPhase.Body => _context.Options.BodyTimeoutMs,
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

        if (AwaitsPeer)
        {
            LookForProgress();
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

    private void LookForProgress()
    {
        long nowMs = Environment.TickCount64;
        long takenBytes = _output.TakenBytes;
        if (takenBytes > _takenBytes)
        {
            _takenBytes = takenBytes;
            _progressMs = nowMs;
        }

        if (nowMs - _progressMs < ProgressTimeoutMs())
        {
            AwaitNextLook();
        }
        else
        {
            EndWithoutProgress();
        }
    }

    // With nothing left to take it is only the peer's own end that is awaited.
    private int ProgressTimeoutMs() =>
        _ended || (_closing && _output.UntakenBytes == 0) ? _context.Options.LingerTimeoutMs : _context.Options.WriteTimeoutMs;

    private void AwaitNextLook()
    {
        int timeoutMs = ProgressTimeoutMs();
        long nextLookMs = Environment.TickCount64 + Math.Max(1, timeoutMs / LooksInTimeLimit);
        _deadline.DueMs = Math.Min(nextLookMs, _progressMs + timeoutMs);
    }

    // A slow peer keeps what is on its way. What does not end by that either is reset.
    private void EndWithoutProgress()
    {
        if (_ended)
        {
            _connection.Tell(Tcp.Abort.Instance, Self);
            return;
        }

        _ended = true;
        _closing = true;
        _closingSeen = true;
        _progressMs = Environment.TickCount64;
        AwaitNextLook();
        _output.CloseNow();
    }
}
