namespace FlexSc.Simulation.Mutations;

/// <content>Bugs of FlexSc.Akka.</content>
internal sealed partial record Mutation
{
    private const string ActorEcho = "actor-echo";
    private const string ActorStorm = "actor-storm";
    private const string Proxy = "proxy";
    private const string Sender = "FlexSc.Akka/Tcp/TcpSender.cs";
    private const string Receiver = "FlexSc.Akka/Tcp/TcpReceiver.cs";
    private const string ReceiverMoving = "FlexSc.Akka/Tcp/TcpReceiver.Moving.cs";
    private const string Control = "FlexSc.Akka/Tcp/TcpControl.cs";
    private const string Acceptor = "FlexSc.Akka/Tcp/TcpAcceptor.cs";

    private static Mutation[] OfAkka =>
    [
        new("acknowledged-in-part", "a write is acknowledged when the kernel has taken a part of it", ActorEcho, Sender,
            "        if (_sending.UnsentBytes > 0)\n        {\n            Send();",
            "        if (_sending.UnsentBytes > 0)\n        {\n            while (MUTATED && _writes.TryTakeSent(out PendingWrite early)) { Acknowledge(early); }\n            Send();"),
        new("overtaking-output", "direct output does not wait for what was told before from elsewhere", ActorEcho, "FlexSc.Akka/Tcp/TcpOutput.cs",
            "!_connection.ActsAtOnce;", "(MUTATED ? !_connection.ActorLoop.IsCurrent : !_connection.ActsAtOnce);"),
        new("overtaken-output", "a write does not wait for the direct output before it", ActorEcho, Sender,
            "        SealFilling();\n        _writes.Add(write, sender);", "        if (!MUTATED) { SealFilling(); }\n        _writes.Add(write, sender);"),
        new("closed-unsent", "a close does not wait for what is to be sent", ActorEcho, "FlexSc.Akka/Tcp/TcpClose.cs",
            "if (connection.Sender.HasUnsent)", "if (!MUTATED && connection.Sender.HasUnsent)"),
        new("abort-without-reset", "an abort closes as a close does", ActorEcho, Control,
            "        else if (_reset)\n", "        else if (_reset && !MUTATED)\n"),
        new("lost-resume", "reading that was suspended is not resumed", ActorEcho, Receiver,
            "            ActOnPeerEnd();\n        }\n\n        Start();\n    }\n\n    public void Suspend()",
            "            ActOnPeerEnd();\n        }\n\n        if (!MUTATED) { Start(); }\n    }\n\n    public void Suspend()"),
        new("told-while-suspended", "what comes while reading is suspended is told", Proxy, Receiver,
            "        if (!_wanted && !_deliversOnce)\n        {", "        if (!_wanted && !_deliversOnce && !MUTATED)\n        {"),
        new("lost-while-suspended", "what comes while reading is suspended is lost", Proxy, "FlexSc.Akka/Tcp/TcpReceiver.Descriptors.cs",
            "    private void Hold(in Held received) => (_held ??= new Queue<Held>()).Enqueue(received);",
            "    private void Hold(in Held received) { if (!MUTATED) { (_held ??= new Queue<Held>()).Enqueue(received); } }"),
        new("reset-as-end", "a receive that ends where a send has taken the error of a reset is told as the peer's end", Proxy,
            "FlexSc.Akka/Tcp/TcpReceiver.PeerEnd.cs", "if (MayErrorBeTaken &&", "if (!MUTATED && MayErrorBeTaken &&"),
        new("returned-twice", "a receive buffer is given back twice", ActorEcho, Receiver,
            "        buffers.Return(bufferId);\n        Tell(message, length);", "        buffers.Return(bufferId);\n        if (MUTATED) { buffers.Return(bufferId); }\n        Tell(message, length);"),
        new("not-reclaimed", "what a handler has not released when it ends stays outside", ActorEcho, "FlexSc.Akka/Tcp/TcpConnection.cs",
            "        Receiver.ReclaimReceptions();", "        if (!MUTATED) { Receiver.ReclaimReceptions(); }"),
        new("no-buffer-for-ever", "a receive that found no buffer is not begun again", ActorEcho, ReceiverMoving,
            "_connection.Loop.Buffers.Await(_bufferWait);", "if (!MUTATED) { _connection.Loop.Buffers.Await(_bufferWait); }"),
        new("paused-for-ever", "a connection that read too far ahead does not go on", ActorEcho, "FlexSc.Akka/Buffers/ReadAhead.cs",
            "bool resume = IsPaused && (", "bool resume = !MUTATED && IsPaused && ("),
        new("deaf-after-the-end", "what is told from elsewhere after the peer's end is dropped", ActorEcho, "FlexSc.Akka/Tcp/ConnectionCommands.cs",
            "            connection.HandleSafely(command.Message, command.Sender);\n        }\n\n        _isRunning = false;",
            "            if (!(MUTATED && connection.Receiver.HasPeerEnded)) { connection.HandleSafely(command.Message, command.Sender); }\n        }\n\n        _isRunning = false;"),
        new("reservation-kept", "the entries of a connection that has ended stay reserved", ActorEcho, "FlexSc.Akka/Tcp/TcpLoop.cs",
            "            _loop.Io.ReleaseReservation();", "            if (!MUTATED) { _loop.Io.ReleaseReservation(); }"),
        new("failed-connect-kept", "the entries of a connect that failed stay reserved", ActorStorm, "FlexSc.Akka/Tcp/TcpConnectorActor.cs",
            "            loop.Io.ReleaseReservation();", "            if (!MUTATED) { loop.Io.ReleaseReservation(); }"),
        new("accepting-gives-up", "accepting that found no descriptor is not tried again", ActorStorm, Acceptor,
            "            OnShortage(completion.Result);\n            loop.StartTimer(_retry, _settings.AcceptRetryMs);",
            "            OnShortage(completion.Result);\n            if (!MUTATED) { loop.StartTimer(_retry, _settings.AcceptRetryMs); }"),
        new("interrupted-unbind", "an Unbind whose close is interrupted fails", ActorStorm, Acceptor,
            "if (result is < 0 and not -Errno.Interrupted)", "if (result < 0 && (MUTATED || result != -Errno.Interrupted))"),
        new("untold-end", "who watches a connection does not hear of its end", ActorEcho, "FlexSc.Akka/Tcp/TcpConnection.cs",
            "        DeathWatch.TellTerminated();\n        UnwatchHandlerWhenDone();", "        if (!MUTATED) { DeathWatch.TellTerminated(); }\n        UnwatchHandlerWhenDone();"),
    ];
}
