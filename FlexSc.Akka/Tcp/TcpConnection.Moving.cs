using Akka.Actor;
using Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Loop;

namespace FlexSc.Akka.IO;

/// <content>
/// Where the connection lives, and how it comes to live elsewhere. One thread acts on it at any time: that of <see cref="_acting"/>, or
/// nobody while it is handed over, and then only the loop that it is handed to.
/// </content>
internal sealed partial class TcpConnection
{
    /// <summary>The loop that runs it: from the hand-over on the next one, which has it run as soon as it has come.</summary>
    private volatile ActorLoop _actorLoop;

    /// <summary>The loop whose thread acts on it; null on the way.</summary>
    private volatile ActorLoop? _acting;
    private ConnectionMove? _move;

    /// <summary>The loop it lives on, or is about to. From any thread.</summary>
    public ActorLoop ActorLoop => _actorLoop;

    /// <summary>On the thread that acts on it.</summary>
    public bool IsHere => ActorLoop.Current is { } current && current == _acting;

    /// <summary>It comes to rest and begins no call, until it has moved or stays after all. On its loop's thread.</summary>
    public bool IsHalted => _move is { IsHalting: true };

    /// <inheritdoc/>
    public bool IsEnding => Phase > ConnectionPhase.Open;

    /// <summary>Its loop has ended, and it did not leave it before. From any thread.</summary>
    public bool HasLoopEnded => _actorLoop is { Loop.Ended.IsCompleted: true } loop && loop == _actorLoop;

    /// <summary>Has it live on another loop. From any thread.</summary>
    /// <returns>In time null when it does, or the reason why it stays.</returns>
    public Task<string?> MoveAsync(ActorLoop target)
    {
        TaskCompletionSource<string?> answer = new(LoopEnvironment.Ambient.CompletedByLoop);
        Tell(new MoveTo(target, answer.SetResult), ActorRefs.NoSender);
        return answer.Task;
    }

    /// <summary>Has it run on the loop that it lives on. From any thread.</summary>
    /// <returns>False when that loop has ended.</returns>
    public bool TryScheduleOwn()
    {
        while (true)
        {
            ActorLoop loop = _actorLoop;
            if (loop.TrySchedule(this))
            {
                return true;
            }

            // A loop that has ended sends nothing away any more.
            if (loop == _actorLoop)
            {
                return false;
            }
        }
    }

    /// <summary>A loop ended before it ran it. From any thread.</summary>
    public void OnNotRun()
    {
        if (!TryScheduleOwn())
        {
            _commands.OnNotRun();
        }
    }

    /// <summary>A call has completed, or a turn's output is submitted: it may be at rest.</summary>
    public void OnStepDone()
    {
        if (IsHalted)
        {
            Control.Continue();
            if (IsAtRest)
            {
                _move!.LookSoon();
            }
        }
    }

    /// <summary>Output is to leave when the connection goes on. While it is halted.</summary>
    public void FlushWhenGoingOn() => _move!.FlushesLater = true;

    /// <summary>The move takes too long.</summary>
    public void OnMoveLimit()
    {
        string limit = $"within flexsc.tcp.move-limit-ms ({Settings.MoveLimitMs} ms)";
        CallOffMove(IsHalted
            ? $"it did not come to rest {limit}: its peer may take nothing of what is sent"
            : $"loop {_move?.Target.Index} did not answer {limit}: something holds it up");
    }

    /// <summary>It has come to another loop. On that loop's thread.</summary>
    public void Arrive(ConnectionMove move)
    {
        Loop = _actorLoop.Loop;
        Shared = _actorLoop.Io.Tcp;
        _acting = _actorLoop;
        Shared.Arrive(this);
        try
        {
            Tls?.Arrive();
            Receiver.Arrive();
            Sender.Arrive(move);
            if (Loop.IsStopping)
            {
                OnLoopStopping();
            }
            else if (Owner.IsAborted)
            {
                // All that belong to its listener were told so, on each loop; it was on none.
                if (TryActOnEarlierCommands())
                {
                    Close.TearDown(reset: true, Tcp.Aborted.Instance, closeSender: null);
                }
            }
            else
            {
                if (Owner.Accepted is { EndsNewOnes: true })
                {
                    Tell(Tcp.ConfirmedClose.Instance, ActorRefs.NoSender);
                }

                Run();
                GoOn(move);
            }
        }
        catch (Exception exception)
        {
            OnDefect(exception);
        }

        // A wake-up for what was told on the way may have come before the connection did.
        if (!_commands.IsEmpty)
        {
            TryScheduleOwn();
        }

        move.Answer(_actorLoop == move.Target ? null : $"loop {move.Target.Index} is given up, and it went to loop {_actorLoop.Index}");
    }

    /// <summary>On its way it goes to another loop, which runs it as soon as it has come. On whatever thread has it.</summary>
    public void HeadFor(ActorLoop loop) => _actorLoop = loop;

    /// <summary>The loop that it was sent to has ended: so does it, as those that lived there. On whatever thread finds that.</summary>
    public void OnNotArrived(ConnectionMove move)
    {
        OnLoopEnded();
        _commands.OnNotRun();
        move.Answer($"loop {move.Target.Index} has ended, and the connection with it");
    }

    /// <summary>A receive buffer that it got on a loop which it has left is back there.</summary>
    public void OnFormerReturned(PooledReceived reception)
    {
        Receiver.OnFormerReturned(reception);
        UnwatchHandlerWhenDone();
    }

    /// <summary>What it is at, for whoever looks for why nothing goes on. From any thread, then possibly a little old and of several moments.</summary>
    public string Describe() =>
        $"{Phase} on loop {_actorLoop.Index}{(_acting is null ? ", which it has not come to" : "")}{(_move is { } move ? $", {move.Describe()}" : "")}"
        + $"; receive {StateOf(Receiver.Operation)}, wait for the end {StateOf(Receiver.WatchOperation)}, send {StateOf(Sender.Operation)}, "
        + $"control {StateOf(_control?.Operation)}; commands {(_commands.IsEmpty ? "none" : "wait")}, output {_commands.OutputState}, "
        + $"{Sender.UnsentBytes} bytes unsent, reading {(Receiver.ReadAhead.IsPaused ? "pauses" : "goes on")}";

    private static string StateOf(ConnectionOperation? operation) => operation is { IsPending: true } ? "in flight" : "none";

    private bool IsAtRest => Control.IsAtRest && Receiver.IsAtRest && Sender.IsAtRest && Close.IsAtRest;

    private void BeginMove(MoveTo asked)
    {
        if (asked.Target == _actorLoop)
        {
            asked.Answer(null);
            return;
        }

        string? refusal = Phase == ConnectionPhase.Handshaking ? "its TLS handshake is under way"
            : Phase != ConnectionPhase.Open ? "it is not open: only a connection that has a handler and is not about to end moves"
            : _move is not null ? $"it moves to loop {_move.Target.Index} already"
            : Receiver.DeliversOnce ? "reading is suspended with one reception still to come, as Akka.IO has it"
            : Loop.IsStopping ? "its loop stops"
            : asked.Target.IsGivenUp ? $"loop {asked.Target.Index} is given up"
            : null;
        if (refusal is not null)
        {
            asked.Answer(refusal);
            return;
        }

        _move = new ConnectionMove(this, asked);
        if (!_move.TryReserve(Settings.MoveLimitMs))
        {
            CallOffMove($"loop {asked.Target.Index} has ended");
        }
    }

    private void OnArrivalAnswer(ArrivalAnswer answer)
    {
        if (answer.Move != _move)
        {
            // It was called off meanwhile.
            answer.Withdraw();
        }
        else if (answer.Refusal is { } refusal)
        {
            CallOffMove(refusal);
        }
        else
        {
            _move.BeginHalt();
            OnStepDone();
        }
    }

    private void OnPhaseChanged()
    {
        if (_move is not null && Phase != ConnectionPhase.Open)
        {
            CallOffMove("it ends");
        }
    }

    private void CallOffMove(string reason)
    {
        if (_move is not { } move)
        {
            return;
        }

        _move = null;
        Control.StopRetry();
        move.CallOff(reason);
        if (Phase is ConnectionPhase.Open or ConnectionPhase.Flushing)
        {
            GoOn(move);
        }
    }

    /// <summary>Begins again what the move has ended or held up.</summary>
    private void GoOn(ConnectionMove move)
    {
        Receiver.Start();
        if (move.FlushesLater || Sender.HasWaiting)
        {
            Sender.RequestFlush();
        }

        Sender.ShareIfIdle();
    }

    /// <summary>Hands it over, if it is at rest. From the loop itself, with the commands acted on and the output taken.</summary>
    private void ContinueMove()
    {
        if (!IsHalted)
        {
            return;
        }

        ConnectionMove move = _move!;
        move.OnLook();
        if (!IsAtRest)
        {
            Control.Continue();
            return;
        }

        // From here on no step fails: it belongs to one loop or to the other.
        _move = null;
        move.StopLimit();
        Control.StopRetry();
        Receiver.Depart();
        Sender.Depart(move);
        Loop.HandOver(Socket);
        Shared.Depart(this);
        _acting = null;
        _actorLoop = move.Target;
        if (!move.TrySend())
        {
            OnNotArrived(move);
        }
    }
}
