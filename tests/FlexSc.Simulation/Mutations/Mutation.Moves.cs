namespace FlexSc.Simulation.Mutations;

/// <content>Bugs of connections that move to another loop.</content>
internal sealed partial record Mutation
{
    private const string ActorMoves = "actor-moves";
    private const string ConnectionMoving = "FlexSc.Akka/Tcp/TcpConnection.Moving.cs";
    private const string Receptions = "FlexSc.Akka/Buffers/Receptions.cs";
    private const string SenderMoving = "FlexSc.Akka/Tcp/TcpSender.Moving.cs";

    private static Mutation[] OfMoves =>
    [
        new("moved-with-its-receive", "a connection is handed over before its receive has ended", ActorMoves, ReceiverMoving,
            "IsAtRest => !_operation.IsPending &&", "IsAtRest => (MUTATED || !_operation.IsPending) &&"),
        new("moved-with-its-send", "a connection is handed over before its send has ended", ActorMoves, SenderMoving,
            "IsAtRest => !_operation.IsPending &&", "IsAtRest => (MUTATED || !_operation.IsPending) &&"),
        new("overtaken-blocks", "direct output moves to behind what was written after it", ActorMoves, "FlexSc.Akka/Tcp/PendingWrites.cs",
            "        for (int left = _waiting?.Count ?? 0; left > 0; left--)\n        {",
            "        for (int left = _waiting?.Count ?? 0; left > 0; left--)\n        {\n            if (MUTATED && left > 1 && _waiting!.Peek().Block is not null) { _waiting.Enqueue(_waiting.Dequeue()); }\n"),
        new("returned-elsewhere", "a buffer goes to the loop where its connection lives now", ActorMoves, Receptions,
            "        _home.Loop.Buffers.Return(reception.BufferId);", "        (MUTATED ? owner.ActorLoop : _home).Loop.Buffers.Return(reception.BufferId);"),
        new("returned-on-leaving", "a buffer that a handler holds is given back when its connection leaves, and again when it is released", ActorMoves, Receptions,
            "            _formerOutside++;\n", "            _formerOutside++;\n            if (MUTATED) { _home.Loop.Buffers.Return(reception.BufferId); }\n"),
        new("counted-on-both", "what is not handled stays counted on the loop that was left", ActorMoves, "FlexSc.Akka/Buffers/ReadAhead.cs",
            "            _all.UnhandledBytes -= UnhandledBytes;\n            _all = null;", "            _all.UnhandledBytes -= MUTATED && IsPaused ? 0 : UnhandledBytes;\n            _all = null;"),
        new("room-kept", "the room for a connection that does not come stays reserved", ActorMoves, "FlexSc.Akka/Tcp/ConnectionMove.cs",
            "        if (_isReserved)\n", "        if (_isReserved && !MUTATED)\n"),
        new("stays-at-rest", "a connection whose move is called off does not go on", ActorMoves, ConnectionMoving,
            "        if (Phase is ConnectionPhase.Open or ConnectionPhase.Flushing)\n", "        if (!MUTATED && (Phase is ConnectionPhase.Open or ConnectionPhase.Flushing))\n"),
    ];
}
