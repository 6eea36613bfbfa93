using Akka.IO;
using FlexSc.Examples.HttpServer.Protocol;

namespace FlexSc.Examples.HttpServer.Service;

/// <content>Deadlines: which one runs, and what happens when it passes.</content>
internal sealed partial class HttpConnectionActor
{
    private RequestPhase _phase;
    private long _phaseRequest;

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

        if (phase == _phase && _engine.RequestCount == _phaseRequest)
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
