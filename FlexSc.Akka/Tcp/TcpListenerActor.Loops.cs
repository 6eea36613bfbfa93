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
        _opening.PipeTo(self, success: listening => new Opened(listening, attempt), failure: cause => new OpenFailed(cause, attempt));
    }

    private Task<IListening> OpenAsync(IActorRef self, Tcp.Bind bind, int attempt)
    {
        void OnFailed(Exception cause) => self.Tell(new AcceptFailed(cause, attempt));
        try
        {
            if (_settings.ListensPerLoop)
            {
                _perLoop = new ListenerPerLoop(
                    _group, (loop, own, failed) => TcpAcceptor.OpenAsync(loop, _owner, _settings, own, _demand, failed), OnFailed, _owner);
                return _perLoop.OpenAsync(bind);
            }

            _loop = LoopAssignments.TryLoopOf(_bind.Handler, _group) ?? NextLoop();
            return OpenOnAsync(_loop, bind, OnFailed);
        }
        catch (Exception exception)
        {
            return Task.FromException<IListening>(exception);
        }
    }

    private ActorLoop NextLoop() => _tls is null ? _group.Spread.ChooseListening() : _group.Next();

    private Task<IListening> OpenOnAsync(ActorLoop loop, Tcp.Bind bind, Action<Exception> failed) => loop.RunAsync<IListening>(
        async () => await TcpAcceptor.OpenAsync(loop, _owner, _settings, bind, _demand, failed).ConfigureAwait(false));

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
        ActorLoop loop = _group.StartedLoops[givenUp.Loop];
        if (!loop.IsGivenUp || (_perLoop is null && loop != _loop))
        {
            return;
        }

        if (_unbinding is { } asker)
        {
            // The answer to the close that the loop was asked for would not come.
            _listening?.CloseAsync();
            Self.Tell(Tcp.Unbound.Instance, asker);
        }
        else if (!_mayAccept)
        {
            // Nor the answer to those who wait for the end of accepting.
            _listening?.CloseAsync();
            AnswerStopped();
        }
        else if (_group.GivenUp.HasOthers(loop))
        {
            LeaveLoop(loop);
        }
    }

    private void LeaveLoop(ActorLoop loop)
    {
        const string told = "Loop {0}, which accepts on [{1}], is given up; {2} connections that waited go to others, and ";
        switch (_listening)
        {
            // While an attempt is waited for, it takes another loop by itself.
            case null when !Timers.IsTimerActive(nameof(MoveAgain)):
                _ = CloseOpenedAsync(_opening);
                _ = _perLoop?.CloseAsync();
                Open(_move?.Bind ?? _bind);
                break;
            case ListenerPerLoop all when all.OnGivenUp(loop) is { } handedOn:
                _log.Warning(told + "the other loops accept", loop.Index, all.LocalAddress, handedOn);
                break;
            case TcpAcceptor { MayBeReplaced: true } acceptor:
                _log.Warning(told + "another loop takes the address over", loop.Index, acceptor.LocalAddress, acceptor.BeReplaced());
                BeginMove(acceptor.LocalAddress);
                break;
            case TcpAcceptor acceptor:
                _log.Error(
                    "Accepting on [{0}] waits for loop {1}, which is given up: a name of the abstract name space cannot be taken before its socket is closed",
                    acceptor.LocalAddress, loop.Index);
                break;
        }
    }

    private void OnLoopCameBack(LoopCameBack cameBack)
    {
        if (_perLoop is null && _loop is { IsGivenUp: true } stuck && _unbinding is null && _mayAccept)
        {
            // There was no other one when it was given up.
            LeaveLoop(stuck);
            return;
        }

        if (_perLoop is { } all && _listening == all && _unbinding is null && _mayAccept)
        {
            ActorLoop loop = _group.StartedLoops[cameBack.Loop];
            all.OnCameBackAsync(loop).ContinueWith(
                opened => _log.Warning("Loop {0} accepts on [{1}] no more: {2}", loop.Index, all.LocalAddress, opened.Exception!.GetBaseException().Message),
                CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        }
    }

    private void BeginMove(EndPoint address)
    {
        Tcp.Bind again = new(_bind.Handler, address, _bind.Backlog, _bind.Options, _bind.PullMode) { TcpSettings = _bind.TcpSettings };
        _move = new ListenerMove(again, _group.Clock.GetTimestamp());
        _listening = null;
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

    private void OnMoved(ListenerMove move, IListening listening)
    {
        _move = null;
        if (!_mayAccept)
        {
            // It was told to stop accepting meanwhile.
            listening.CloseAsync();
            return;
        }

        _log.Warning(
            "Accepting on [{0}] goes on after {1:F0} ms; connections asked for meanwhile were refused",
            listening.LocalAddress, _group.Clock.GetElapsedTime(move.BegunAt).TotalMilliseconds);
    }

    private sealed record Opened(IListening Listening, int Attempt) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

    private sealed record OpenFailed(Exception Cause, int Attempt) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

    private sealed record AcceptFailed(Exception Cause, int Attempt) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

    /// <summary>Nothing is accepted any more.</summary>
    private sealed class Stopped : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static Stopped Instance { get; } = new();
    }

    private sealed class MoveAgain
    {
        public static MoveAgain Instance { get; } = new();
    }
}
