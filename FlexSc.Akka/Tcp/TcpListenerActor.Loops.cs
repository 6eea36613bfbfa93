using System.Net;
using Akka.Actor;
using Akka.Event;
using Akka.IO;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.IO;

/// <content>Which loop accepts: it is chosen, and another one takes over where it is gone or given up.</content>
internal sealed partial class TcpListenerActor
{
    /// <summary>Whether accepting may go on elsewhere when its loop is gone.</summary>
    private bool MayMove => _group.Settings.OnLoopFailure == LoopFailureAnswer.Continue && _unbinding is null && _mayAccept
        && _group.StartedLoops.Any(static loop => !loop.Loop.HasFailed);

    private void Open(Tcp.Bind bind)
    {
        IActorRef self = Self;
        int attempt = ++_attempt;
        _opening = OpenAsync(self, bind, attempt);
        _opening.PipeTo(self, success: acceptor => new Opened(acceptor, attempt), failure: cause => new OpenFailed(cause, attempt));
    }

    private Task<TcpAcceptor> OpenAsync(IActorRef self, Tcp.Bind bind, int attempt)
    {
        try
        {
            ActorLoop loop = LoopAssignments.TryLoopOf(_bind.Handler, _group) ?? _group.Next();
            _loop = loop;
            return loop.RunAsync(() => TcpAcceptor.OpenAsync(
                loop, _owner, _settings, bind, _demand, cause => self.Tell(new AcceptFailed(cause, attempt))));
        }
        catch (Exception exception)
        {
            return Task.FromException<TcpAcceptor>(exception);
        }
    }

    /// <summary>The socket cannot be taken along: what the dead loop had the kernel do with it may still go on. So another one takes its address.</summary>
    private void OnListenerLost(LostListenerException lost)
    {
        _log.Warning(
            "{0}; {1} connections that waited to be accepted were reset, and another loop takes the address over", lost.Message, lost.WaitingConnections);
        _owner.OnListenerLost(lost.WaitingConnections);
        BeginMove(lost.LocalAddress);
    }

    /// <summary>The loop that accepts does nothing any more, for as long as nobody knows.</summary>
    private void OnLoopGivenUp(LoopGivenUp givenUp)
    {
        if (_loop is not { IsGivenUp: true } loop || loop.Index != givenUp.Loop)
        {
            return;
        }

        if (_unbinding is { } asker)
        {
            // The answer to the close that the loop was asked for would not come.
            _acceptor?.CloseAsync();
            Self.Tell(Tcp.Unbound.Instance, asker);
        }
        else if (_mayAccept && _group.GivenUp.HasOthers(loop))
        {
            LeaveLoop(loop);
        }
    }

    private void LeaveLoop(ActorLoop loop)
    {
        if (_acceptor is null)
        {
            // While an attempt is waited for, it takes another loop by itself.
            if (!Timers.IsTimerActive(nameof(MoveAgain)))
            {
                _ = CloseOpenedAsync(_opening);
                Open(_move?.Bind ?? _bind);
            }
        }
        else if (!_acceptor.MayBeReplaced)
        {
            _log.Error(
                "Accepting on [{0}] waits for loop {1}, which is given up: a name of the abstract name space cannot be taken before its socket is closed",
                _acceptor.LocalAddress, loop.Index);
        }
        else
        {
            int handedOn = _acceptor.BeReplaced();
            _log.Warning(
                "Loop {0}, which accepts on [{1}], is given up; {2} connections that waited go to others, and another loop takes the address over",
                loop.Index, _acceptor.LocalAddress, handedOn);
            BeginMove(_acceptor.LocalAddress);
        }
    }

    private void BeginMove(EndPoint address)
    {
        Tcp.Bind again = new(_bind.Handler, address, _bind.Backlog, _bind.Options, _bind.PullMode) { TcpSettings = _bind.TcpSettings };
        _move = new ListenerMove(again, _group.Clock.GetTimestamp());
        _acceptor = null;
        Open(again);
    }

    /// <summary>The address may be taken until the kernel has let go of the old socket.</summary>
    private void OnMoveFailed(ListenerMove move, Exception cause)
    {
        if (++move.Attempts < ListenerMove.MostAttempts)
        {
            Timers.StartSingleTimer(nameof(MoveAgain), MoveAgain.Instance, TimeSpan.FromMilliseconds(_settings.AcceptRetryMs));
            return;
        }

        _log.Error(cause, "Fatal error in TcpListener: [{0}] cannot be bound again after {1} attempts: stopping", move.Bind.LocalAddress, move.Attempts);
        Context.Stop(Self);
    }

    private void OnMoved(ListenerMove move, TcpAcceptor acceptor)
    {
        _move = null;
        if (!_mayAccept)
        {
            // It was told to stop accepting meanwhile.
            acceptor.CloseAsync();
            return;
        }

        _log.Warning(
            "Accepting on [{0}] goes on after {1:F0} ms; connections asked for meanwhile were refused",
            acceptor.LocalAddress, _group.Clock.GetElapsedTime(move.BegunAt).TotalMilliseconds);
    }

    private sealed record Opened(TcpAcceptor Acceptor, int Attempt) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

    private sealed record OpenFailed(Exception Cause, int Attempt) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

    private sealed record AcceptFailed(Exception Cause, int Attempt) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

    private sealed class MoveAgain
    {
        public static MoveAgain Instance { get; } = new();
    }
}
