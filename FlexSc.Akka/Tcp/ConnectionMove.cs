using Akka.Actor;
using Akka.Event;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.IO;

/// <summary>Has a connection live on another loop; see docs/decisions/0024-moving-connections.md.</summary>
/// <param name="Target">That loop, of the same group.</param>
/// <param name="Answered">
/// Called once, on whatever thread: with null when the connection lives there and goes on, else with the reason why it stays where it is.
/// </param>
internal sealed record MoveTo(ActorLoop Target, Action<string?> Answered) : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public void Answer(string? refusal) => Answered(refusal);
}

/// <summary>Whether the other loop has room for a connection that is to come.</summary>
/// <param name="Move">The move it is for.</param>
/// <param name="Refusal">Why it has none; null when it has reserved some.</param>
internal sealed record ArrivalAnswer(ConnectionMove Move, string? Refusal) : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    /// <summary>The connection does not come. From any thread.</summary>
    public void Withdraw()
    {
        if (Refusal is null)
        {
            Move.WithdrawReservation();
        }
    }
}

/// <summary>
/// A connection on its way: room is reserved on the other loop, the connection comes to rest on its own, and what is left to do there is
/// one message. On the thread of the loop that it leaves, unless said otherwise.
/// </summary>
internal sealed class ConnectionMove(TcpConnection connection, MoveTo asked)
{
    private readonly ConnectionTimer _limit = new(connection, connection.OnMoveLimit);
    private bool _isReserved;
    private bool _runsSoon;

    public ActorLoop Target => asked.Target;

    /// <summary>The connection begins no call any more.</summary>
    public bool IsHalting { get; private set; }

    /// <summary>Output was to leave meanwhile.</summary>
    public bool FlushesLater { get; set; }

    /// <summary>Bytes of direct output that nobody has had leave yet.</summary>
    public byte[]? Unflushed { get; set; }

    /// <summary>How far it is, for whoever looks for why nothing goes on.</summary>
    public string Describe() => $"about to move to loop {Target.Index}, {(IsHalting ? "coming to rest" : "not yet answered")}{(_runsSoon ? ", soon to look" : "")}";

    /// <summary>Asks the other loop for room. All until the hand-over is within a time.</summary>
    /// <returns>False when that loop has ended.</returns>
    public bool TryReserve(int limitMs)
    {
        if (!Target.TrySchedule(new Reservation(connection, this)))
        {
            return false;
        }

        connection.Loop.StartTimer(_limit, limitMs);
        return true;
    }

    /// <summary>Room is there: the connection comes to rest.</summary>
    public void BeginHalt()
    {
        _isReserved = true;
        IsHalting = true;
    }

    /// <summary>Has the connection look whether it is at rest, once, apart from whoever runs now: it may be the connection's handler.</summary>
    public void LookSoon()
    {
        if (!_runsSoon)
        {
            _runsSoon = true;
            connection.TryScheduleOwn();
        }
    }

    /// <summary>It looks.</summary>
    public void OnLook() => _runsSoon = false;

    /// <summary>The connection stays.</summary>
    public void CallOff(string reason)
    {
        StopLimit();
        if (_isReserved)
        {
            WithdrawReservation();
        }

        Answer(reason);
    }

    public void StopLimit()
    {
        if (_limit.IsStarted)
        {
            connection.Loop.StopTimer(_limit);
        }
    }

    /// <summary>Sends the connection, which nothing here knows any more.</summary>
    /// <returns>False when the other loop has ended.</returns>
    public bool TrySend() => new Arrival(connection, this, mayGoElsewhere: true).TryBegin();

    /// <summary>The room is not needed. From any thread.</summary>
    public void WithdrawReservation() => Target.TrySchedule(new Withdrawal(Target));

    /// <summary>Tells whoever asked. From any thread: nothing that fails there may hit the connection.</summary>
    public void Answer(string? refusal)
    {
        try
        {
            asked.Answer(refusal);
        }
        catch (Exception exception)
        {
            connection.Owner.Log.Error(exception, "whoever asked {0} to move refused the answer", connection);
        }
    }

    /// <summary>The other loop is given up before it came to the connection, on which nothing acts: has another one take it.</summary>
    private void SendBy(ActorLoop other)
    {
        connection.HeadFor(other);
        if (!new Detour(connection, this, other).TryBegin())
        {
            SendBack();
        }
    }

    /// <summary>No other loop takes it: it waits for the one where room is reserved for it.</summary>
    private void SendBack()
    {
        connection.HeadFor(Target);
        if (!new Arrival(connection, this, mayGoElsewhere: false).TryBegin())
        {
            connection.OnNotArrived(this);
        }
    }

    private sealed class Reservation(TcpConnection connection, ConnectionMove move) : ILoopWork
    {
        public void Execute() => Run();

        public void Run()
        {
            ActorLoop target = move.Target;
            string? refusal = target.Loop.IsStopping ? $"loop {target.Index} stops"
                : target.Io.TryReserveArrival() ? null
                : $"loop {target.Index} has as many connections as its syscall entries allow; raise flexsc.loops.pages";
            connection.Tell(new ArrivalAnswer(move, refusal), ActorRefs.NoSender);
        }

        public void OnNotRun() =>
            connection.Tell(new ArrivalAnswer(move, $"loop {move.Target.Index} has ended"), ActorRefs.NoSender);
    }

    private sealed class Withdrawal(ActorLoop target) : global::Akka.Dispatch.IRunnable
    {
        public void Execute() => Run();

        public void Run() => target.Io.ReleaseArrival();
    }

    private sealed class Arrival(TcpConnection connection, ConnectionMove move, bool mayGoElsewhere) : LoopArrival(move.Target)
    {
        protected override bool MayGoElsewhere => mayGoElsewhere;

        protected override void OnArrived() => connection.Arrive(move);

        protected override void OnLoopEnded() => connection.OnNotArrived(move);

        protected override void GoTo(ActorLoop other) => move.SendBy(other);
    }

    /// <summary>To a loop that was not asked for room. What is reserved on the one that is given up is kept until this one has some.</summary>
    private sealed class Detour(TcpConnection connection, ConnectionMove move, ActorLoop loop) : LoopArrival(loop)
    {
        protected override void OnArrived()
        {
            if (Loop.Io.TryReserveArrival())
            {
                move.WithdrawReservation();
                connection.Arrive(move);
            }
            else
            {
                move.SendBack();
            }
        }

        protected override void OnLoopEnded() => move.SendBack();

        protected override void GoTo(ActorLoop other) => move.SendBy(other);
    }
}
