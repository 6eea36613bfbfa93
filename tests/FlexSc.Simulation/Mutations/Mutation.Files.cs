namespace FlexSc.Simulation.Mutations;

/// <content>Bugs of files, datagrams, Unix sockets and TLS.</content>
internal sealed partial record Mutation
{
    private const string ActorFiles = "actor-files";
    private const string ActorUdp = "actor-udp";
    private const string ActorUnix = "actor-unix";
    private const string ActorTls = "actor-tls";
    private const string Transfers = "FlexSc.Akka/Files/FileTransfers.cs";
    private const string Handle = "FlexSc.Akka/Files/FileHandle.cs";
    private const string Datagrams = "FlexSc.Akka/Udp/UdpSender.cs";
    private const string DatagramReceiver = "FlexSc.Akka/Udp/UdpReceiver.cs";
    private const string Watches = "FlexSc.Akka/Files/FileWatch.cs";
    private const string ReceiverOfDescriptors = "FlexSc.Akka/Tcp/TcpReceiver.Descriptors.cs";

    private static Mutation[] OfFiles =>
    [
        new("read-into-anothers", "a pooled read's buffer is another read's before it is released", ActorFiles, Transfers,
            "        byte[] array = ReleasePiece(request)!;\n",
            "        byte[] array = ReleasePiece(request)!;\n        if (MUTATED && command.Pooled) { ArrayPool<byte>.Shared.Return(array); }\n"),
        new("end-after-short-read", "a read that the kernel cut short is taken for the end of the file", ActorFiles, Transfers,
            "if (bytes > 0 && !isStream &&", "if (!MUTATED && bytes > 0 && !isStream &&"),
        new("cancelled-into-the-end", "a cancelled read that the kernel cut short is taken for the end of the file", ActorFiles, Transfers,
            "&& request.DoneBytes < request.TotalBytes)", "&& request.DoneBytes < request.TotalBytes && !(MUTATED && request.CancelledAs is not null))"),
        new("stale-round", "who waits for room and is over at once takes others out of the round", ActorFiles, "FlexSc.Akka/Files/FileLoop.cs",
            "count > 0 && _waiting.TryDequeue(out Action? lookAgain); count--)\n        {\n            lookAgain();",
            "count > 0 && (MUTATED || _waiting.Count > 0); count--)\n        {\n            _waiting.Dequeue()();"),
        new("place-kept", "a command that was cancelled before its turn stays in the queue", ActorFiles, "FlexSc.Akka/Files/FileQueue.cs",
            "            if (next != request)\n", "            if (next != request || MUTATED)\n"),
        new("written-in-place", "a write that goes on begins at its first position again", ActorFiles, Transfers,
            "CurrentPosition : position + request.DoneBytes;", "CurrentPosition : position + (MUTATED ? 0 : request.DoneBytes);"),
        new("unwaited-close", "a close does not wait for what is under way", ActorFiles, Handle,
            "        if (IsClosing && _queue.IsEmpty)\n        {\n            _closing.Close();", "        if (IsClosing && (MUTATED || _queue.IsEmpty))\n        {\n            _closing.Close();"),
        new("overtaking-append", "an append does not wait for the one before it", ActorFiles, "FlexSc.Akka/Files/FileRequest.cs",
            "(earlier.Order == FileOrder.Write || Order == FileOrder.Write) &&",
            "(earlier.Order == FileOrder.Write || Order == FileOrder.Write) && !(MUTATED && Command is FlexFile.Append && earlier.Command is FlexFile.Append) &&"),
        new("outliving-handle", "a handle does not end with its owner", ActorFiles, Handle,
            "        WatchOwner(owner);", "        if (!MUTATED) { WatchOwner(owner); }"),
        new("failed-open-kept", "the entry of an open that failed stays reserved", ActorFiles, "FlexSc.Akka/Files/FilePathCalls.cs",
            "                loop.Io.ReleaseEntry();\n            }\n        }\n\n        return new FileHandle",
            "                if (!MUTATED) { loop.Io.ReleaseEntry(); }\n            }\n        }\n\n        return new FileHandle"),
        new("bytes-kept", "the bytes of a transfer are counted as under way for ever", ActorFiles, Transfers,
            "        shared.GiveBytes(request.PieceBytes);", "        if (!MUTATED) { shared.GiveBytes(request.PieceBytes); }"),
    ];

    private static Mutation[] OfDatagrams =>
    [
        new("sent-again", "a datagram that was sent is sent again", ActorUdp, Datagrams,
            "        if (result < 0 && TryRepeat(send, -result))\n",
            "        if (MUTATED && result > 0 && send.Repetitions++ == 0 && send.TrySubmit(socket.Loop, socket.Descriptor, Flags)) { Add(send); return; }\n"
            + "        if (result < 0 && TryRepeat(send, -result))\n"),
        new("refused-for-another", "a datagram fails by what ICMP told of an earlier one", ActorUdp, Datagrams,
            "if (result < 0 && TryRepeat(", "if (result < 0 && !MUTATED && TryRepeat("),
        new("acknowledged-unsent", "a datagram is acknowledged before it is sent", ActorUdp, Datagrams,
            "    private void Begin(in UnsentDatagram datagram)\n    {\n",
            "    private void Begin(in UnsentDatagram datagram)\n    {\n"
            + "        if (MUTATED && datagram.WantsAck && datagram.Command is global::Akka.IO.Udp.Send early)\n        {\n"
            + "            socket.TellSafely(datagram.Commander, datagram.Ack!);\n"
            + "            Begin(datagram with { Command = global::Akka.IO.Udp.Send.Create(early.Payload, early.Target) });\n            return;\n        }\n\n"),
        new("datagram-returned-twice", "the receive buffer of a datagram that a handler has is given back, too", ActorUdp, DatagramReceiver,
            "            if (!isHandedOn)\n", "            if (!isHandedOn || MUTATED)\n"),
        new("datagram-lost-while-suspended", "a datagram that comes while reading is suspended is lost", ActorUdp, DatagramReceiver,
            "            (_held ??= new Queue<object>()).Enqueue(message);", "            if (!MUTATED) { (_held ??= new Queue<object>()).Enqueue(message); }"),
        new("datagrams-unwaited", "a receive of datagrams that found no buffer is not begun again", ActorUdp, DatagramReceiver,
            "_socket.Loop.Buffers.Await(this);", "if (!MUTATED) { _socket.Loop.Buffers.Await(this); }"),
        new("socket-reservation-kept", "the entries of a socket of datagrams that has ended stay reserved", ActorUdp, "FlexSc.Akka/Udp/UdpLoop.cs",
            "            _loop.Io.ReleaseReservation();", "            if (!MUTATED) { _loop.Io.ReleaseReservation(); }"),
        new("path-left", "the path of a listener that has ended stays", ActorUnix, "FlexSc.Akka/Sockets/UnixSocketPath.cs",
            "            if (IsSame(now))\n", "            if (IsSame(now) && !MUTATED)\n"),
        new("left-path-in-the-way", "a path that a socket left behind is taken for somebody's", ActorUnix, "FlexSc.Akka/Sockets/UnixSocketPath.cs",
            "return exception.SocketErrorCode == SocketError.ConnectionRefused;",
            "return exception.SocketErrorCode == SocketError.ConnectionRefused && !MUTATED;"),
        new("changes-lost", "what a watch reads is not told", ActorFiles, Watches,
            "            TellSafely(_listener, new FlexFile.Changed(_command, changes));",
            "            if (MUTATED) { _isTold = false; } else { TellSafely(_listener, new FlexFile.Changed(_command, changes)); }"),
        new("changes-unasked", "a watch tells more without being asked to", ActorFiles, Watches,
            "else if (!_isTold && !ActorLoop", "else if ((MUTATED || !_isTold) && !ActorLoop"),
        new("changes-cut", "of the changes that one read brings only the first is told", ActorFiles, "FlexSc.Interop/Calls/FileWatchCalls.cs",
            "while (records.Length >= HeaderBytes)", "while (records.Length >= HeaderBytes && !(MUTATED && changes.Count > 0))"),
        new("outliving-watch", "a watch does not end with its owner", ActorFiles, Watches,
            "        WatchOwner(owner);", "        if (!MUTATED) { WatchOwner(owner); }"),
        new("error-of-a-send", "where a send fails by what ICMP told of an earlier datagram, the queue of errors is not read", ActorUdp, Datagrams,
            "if (socket.Receiver is { } receiver)", "if (!MUTATED && socket.Receiver is { } receiver)"),
        new("errors-for-datagrams", "a queue without errors is taken for one without datagrams", ActorUdp, "FlexSc.Interop/Backends/Readiness/ReadinessBackend.Issue.cs",
            "if (ReadinessCalls.ReadsErrorsNow(entry) &&", "if (!MUTATED && ReadinessCalls.ReadsErrorsNow(entry) &&"),
        new("descriptors-untold", "bytes are told without the descriptors that came along", ActorUnix, ReceiverOfDescriptors,
            "else if (descriptors is null && !message.IsControlTruncated)", "else if ((MUTATED || descriptors is null) && !message.IsControlTruncated)"),
        new("descriptors-with-more", "what is written behind descriptors leaves with them", ActorUnix, "FlexSc.Akka/Tcp/PendingWrites.cs",
            "            if (_passing is not null)\n", "            if (_passing is not null && !MUTATED)\n"),
        new("held-descriptors-left", "descriptors that came while reading was suspended stay open when the connection ends", ActorUnix, ReceiverOfDescriptors,
            "            PassedDescriptors.Close(held.Descriptors?.Descriptors);", "            if (!MUTATED) { PassedDescriptors.Close(held.Descriptors?.Descriptors); }"),
        new("unwanted-look", "a receive that is to find close_notify while reading is suspended is cancelled, again and again", ActorTls, Receiver,
            "&& _peekMemory is null && !_looksForEnd &&", "&& _peekMemory is null && (MUTATED || !_looksForEnd) &&"),
        new("written-behind-the-end", "what is written behind close_notify is still taken", ActorTls, Sender,
            "&& _tls is not { HasSentEnd: true });", "&& (MUTATED || _tls is not { HasSentEnd: true }));"),
    ];
}
