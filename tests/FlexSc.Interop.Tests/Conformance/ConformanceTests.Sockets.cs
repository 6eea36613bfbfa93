using System.Net;
using System.Net.Sockets;
using FlexSc.Interop.Abi;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Tests.Loop;
using Xunit;

namespace FlexSc.Interop.Tests.Conformance;

/// <content>Connections: making, using and losing them.</content>
public abstract partial class ConformanceTests
{
    [SkippableFact]
    public async Task Bytes_go_through_a_socket_by_page_entries()
    {
        LoopUnderTest loop = Start();
        (long here, Socket there) = await AcceptAsync(loop);
        PinnedBytes memory = new(16);
        RecordingOperation receive = await loop.SubmitAsync(
            SyscallNumber.RecvFrom, argument0: here, argument1: memory.Address, argument2: memory.Length);
        await there.SendAsync("ping"u8.ToArray());
        Assert.Equal(4, await receive.Result);
        Assert.Equal("ping"u8, memory.Span[..4]);

        Assert.Equal(4, await loop.CallAsync(SyscallNumber.SendTo, here, memory.Address, 4));
        byte[] echoed = new byte[4];
        await ReceiveExactlyAsync(there, echoed);
        Assert.Equal("ping"u8, echoed);

        await CloseAsync(loop, here);
        Assert.Equal(0, await there.ReceiveAsync(echoed));
    }

    [SkippableFact]
    public async Task A_connection_is_made_through_the_page()
    {
        LoopUnderTest loop = Start();
        Socket listener = Listen();
        long here = await NewSocketAsync(loop);
        PinnedBytes address = AddressOf(listener);
        Assert.Equal(0, await loop.CallAsync(SyscallNumber.Connect, here, address.Address, address.Length));
        Socket there = Keep(listener.Accept());
        PinnedBytes memory = new("hello"u8);
        Assert.Equal(5, await loop.CallAsync(SyscallNumber.SendTo, here, memory.Address, memory.Length));
        byte[] received = new byte[5];
        await ReceiveExactlyAsync(there, received);
        Assert.Equal("hello"u8, received);
        await CloseAsync(loop, here);
    }

    [SkippableFact]
    public async Task A_refused_connection_says_so_and_the_socket_can_be_used_again()
    {
        LoopUnderTest loop = Start();
        Socket listener = Listen();
        PinnedBytes address = AddressOf(listener);
        listener.Dispose();
        long here = await NewSocketAsync(loop);
        Assert.Equal(-ErrnoConnectionRefused, await loop.CallAsync(SyscallNumber.Connect, here, address.Address, address.Length));

        Socket other = Listen();
        PinnedBytes otherAddress = AddressOf(other);
        Assert.Equal(0, await loop.CallAsync(SyscallNumber.Connect, here, otherAddress.Address, otherAddress.Length));
        await CloseAsync(loop, here);
    }

    [SkippableFact]
    public async Task A_multishot_accept_completes_for_every_connection()
    {
        const int Connections = 100;
        LoopUnderTest loop = Start();
        Socket listener = Listen();
        using SemaphoreSlim accepted = new(0);
        RecordingOperation accept = new() { Then = (_, _) => accepted.Release() };
        await loop.SubmitAsync(accept, SyscallNumber.Accept4, EntryFlags.Multishot, (long)listener.Handle, argument3: CloseOnExec);
        for (int i = 0; i < Connections; i++)
        {
            Connect(listener);
        }

        for (int i = 0; i < Connections; i++)
        {
            Assert.True(await accepted.WaitAsync(LoopFixture.Deadline));
        }

        // A thread may be trying whether there is one more.
        Assert.Contains(await loop.CancelAsync(accept), new[] { 0, -ErrnoAlready });
        Assert.Equal(-ErrnoCanceled, await accept.Result);
        List<Completion> connections = accept.Completions[..^1];
        Assert.Equal(Connections, connections.Select(connection => connection.Result).Distinct().Count());
        foreach (Completion connection in connections)
        {
            Assert.False(connection.IsTerminal);
            await CloseAsync(loop, connection.Result);
        }
    }

    [SkippableFact]
    public async Task A_half_closed_connection_still_sends()
    {
        const int Rounds = 100;
        LoopUnderTest loop = Start();
        for (int i = 0; i < Rounds; i++)
        {
            // Data and the end of the stream come together or one after the other; neither may be missed.
            (long here, Socket there) = await AcceptAsync(loop);
            RecordingOperation receive = await loop.SubmitAsync(SyscallNumber.RecvFrom, MultishotReceive, here);
            there.Send("last words"u8);
            there.Shutdown(SocketShutdown.Send);
            Assert.Equal(0, await receive.Result);
            Assert.Equal(10, receive.Completions.Sum(completion => completion.Result));
            ReturnBuffers(loop, receive);

            PinnedBytes answer = new("heard"u8);
            Assert.Equal(5, await loop.CallAsync(SyscallNumber.SendTo, here, answer.Address, answer.Length));
            byte[] received = new byte[5];
            await ReceiveExactlyAsync(there, received);
            await CloseAsync(loop, here);
            there.Dispose();
        }
    }

    [SkippableFact]
    public async Task A_reset_connection_says_so()
    {
        LoopUnderTest loop = Start();
        (long here, Socket there) = await AcceptAsync(loop);
        RecordingOperation receive = await loop.SubmitAsync(SyscallNumber.RecvFrom, MultishotReceive, here);
        there.LingerState = new LingerOption(enable: true, seconds: 0);
        there.Dispose();
        Assert.Equal(-ErrnoConnectionReset, await receive.Result);

        PinnedBytes memory = new(8);
        Assert.Equal(-ErrnoBrokenPipe, await loop.CallAsync(SyscallNumber.SendTo, here, memory.Address, memory.Length));
        Assert.Equal(0, await loop.CallAsync(SyscallNumber.RecvFrom, here, memory.Address, memory.Length));
        await CloseAsync(loop, here);
    }

    [SkippableFact]
    public async Task A_receive_takes_what_is_there_and_no_more_than_asked()
    {
        LoopUnderTest loop = Start();
        (long here, Socket there) = await AcceptAsync(loop);
        PinnedBytes memory = new(64);
        there.Send("0123456789"u8);
        Assert.Equal(4, await loop.CallAsync(SyscallNumber.RecvFrom, here, memory.Address, 4));
        Assert.Equal(0, await loop.CallAsync(SyscallNumber.RecvFrom, here, memory.Address, 0));
        Assert.Equal(6, await loop.CallAsync(SyscallNumber.RecvFrom, here, memory.Address + 4, 60));
        Assert.Equal("0123456789"u8, memory.Span[..10]);
        Assert.Equal(-ErrnoAgain, await loop.CallAsync(SyscallNumber.RecvFrom, here, memory.Address, 4, MessageDoNotWait));
        await CloseAsync(loop, here);
    }

    [SkippableFact]
    public async Task A_receive_that_wants_all_takes_all_or_what_came_before_the_end()
    {
        LoopUnderTest loop = Start();
        (long here, Socket there) = await AcceptAsync(loop);
        PinnedBytes memory = new(10);
        RecordingOperation whole = await loop.SubmitAsync(
            SyscallNumber.RecvFrom, argument0: here, argument1: memory.Address, argument2: 10, argument3: MessageWaitAll);
        there.Send("0123"u8);
        await loop.Loop.RunAsync(_ => 0);
        Assert.False(whole.HasEnded);
        there.Send("456789abc"u8);
        Assert.Equal(10, await whole.Result);
        Assert.Equal("0123456789"u8, memory.Span);

        RecordingOperation rest = await loop.SubmitAsync(
            SyscallNumber.RecvFrom, argument0: here, argument1: memory.Address, argument2: 10, argument3: MessageWaitAll);
        there.Shutdown(SocketShutdown.Send);
        Assert.Equal(3, await rest.Result);
        Assert.Equal("abc"u8, memory.Span[..3]);
        await CloseAsync(loop, here);
    }

    [SkippableFact]
    public async Task A_send_may_be_short_unless_it_wants_all()
    {
        const int Bytes = 8 * 1024 * 1024;
        LoopUnderTest loop = Start();
        (long here, Socket there) = await AcceptAsync(loop);
        PinnedBytes memory = new(Bytes);
        new Random(2).NextBytes(memory.Span);
        long sent = await loop.CallAsync(SyscallNumber.SendTo, here, memory.Address, Bytes);
        Assert.InRange(sent, 1, Bytes - 1);

        RecordingOperation rest = await loop.SubmitAsync(SyscallNumber.SendTo, argument0: here,
            argument1: memory.Address + sent, argument2: Bytes - sent, argument3: MessageWaitAll);
        byte[] received = new byte[Bytes];
        await ReceiveExactlyAsync(there, received);
        Assert.Equal(Bytes - sent, await rest.Result);
        Assert.True(memory.Span.SequenceEqual(received));
        await CloseAsync(loop, here);
    }

    [SkippableFact]
    public async Task A_message_of_several_parts_is_sent_in_full()
    {
        int[] partBytes = [1, 3_000_000, 0, 17, 2_000_000];
        LoopUnderTest loop = Start();
        (long here, Socket there) = await AcceptAsync(loop);
        PinnedBytes memory = new(partBytes.Sum());
        new Random(3).NextBytes(memory.Span);
        PinnedBytes vectors = VectorsOf(memory, partBytes);
        PinnedBytes header = HeaderOf(vectors, partBytes.Length);
        byte[] headerBefore = header.Span.ToArray();
        byte[] vectorsBefore = vectors.Span.ToArray();

        RecordingOperation send = await loop.SubmitAsync(
            SyscallNumber.SendMsg, argument0: here, argument1: header.Address, argument2: MessageWaitAll);
        byte[] received = new byte[memory.Length];
        await ReceiveExactlyAsync(there, received);
        Assert.Equal(memory.Length, await send.Result);
        Assert.True(memory.Span.SequenceEqual(received));

        // They are the caller's.
        Assert.Equal(headerBefore, header.Span);
        Assert.Equal(vectorsBefore, vectors.Span);
        await CloseAsync(loop, here);
    }

    [SkippableFact]
    public async Task A_message_of_several_parts_is_received_in_full()
    {
        int[] partBytes = [5, 1, 100_000];
        LoopUnderTest loop = Start();
        (long here, Socket there) = await AcceptAsync(loop);
        byte[] sent = new byte[partBytes.Sum()];
        new Random(4).NextBytes(sent);
        PinnedBytes memory = new(sent.Length);
        PinnedBytes vectors = VectorsOf(memory, partBytes);
        PinnedBytes header = HeaderOf(vectors, partBytes.Length);
        RecordingOperation receive = await loop.SubmitAsync(
            SyscallNumber.RecvMsg, argument0: here, argument1: header.Address, argument2: MessageWaitAll);
        foreach (Range part in new[] { ..3, 3..7, 7..1_000, 1_000..sent.Length })
        {
            there.Send(sent.AsSpan(part));
            await loop.Loop.RunAsync(_ => 0);
        }

        Assert.Equal(sent.Length, await receive.Result);
        Assert.True(memory.Span.SequenceEqual(sent));
        await CloseAsync(loop, here);
    }

    [SkippableFact]
    public async Task Calls_on_a_non_blocking_socket_wait_all_the_same()
    {
        LoopUnderTest loop = Start();
        Socket listener = Listen();
        listener.Blocking = false;
        RecordingOperation accept = await loop.SubmitAsync(SyscallNumber.Accept4, argument0: (long)listener.Handle, argument3: CloseOnExec | 0x800);
        Socket there = Connect(listener);
        long here = await accept.Result;
        Assert.True(here >= 0, $"accept4 answered {here}");

        PinnedBytes memory = new(8);
        RecordingOperation receive = await loop.SubmitAsync(
            SyscallNumber.RecvFrom, argument0: here, argument1: memory.Address, argument2: memory.Length);
        await loop.Loop.RunAsync(_ => 0);
        Assert.False(receive.HasEnded);
        there.Send("x"u8);
        Assert.Equal(1, await receive.Result);
        await CloseAsync(loop, here);
    }

    [SkippableFact]
    public async Task A_datagram_comes_with_its_sender()
    {
        LoopUnderTest loop = Start();
        Socket here = Keep(new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        Socket there = Keep(new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        here.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        there.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        PinnedBytes memory = new(64);
        PinnedBytes sender = new(16);
        PinnedBytes senderBytes = new(BitConverter.GetBytes(16));
        RecordingOperation receive = await loop.SubmitAsync(SyscallNumber.RecvFrom, argument0: (long)here.Handle,
            argument1: memory.Address, argument2: memory.Length, argument4: sender.Address, argument5: senderBytes.Address);
        there.SendTo("datagram"u8, here.LocalEndPoint!);
        Assert.Equal(8, await receive.Result);
        Assert.Equal(SerializedAddressOf(there), sender.Span);
    }

    private static async Task<long> NewSocketAsync(LoopUnderTest loop)
    {
        const int familyInternet6 = 10;
        const int streamCloseOnExec = 1 | (int)CloseOnExec;
        long descriptor = await loop.CallAsync(SyscallNumber.Socket, familyInternet6, streamCloseOnExec);
        Assert.True(descriptor >= 0, $"socket answered {descriptor}");
        return descriptor;
    }

    private static PinnedBytes AddressOf(Socket socket) => new(SerializedAddressOf(socket));

    private static byte[] SerializedAddressOf(Socket socket)
    {
        SocketAddress address = socket.LocalEndPoint!.Serialize();
        return address.Buffer[..address.Size].ToArray();
    }

    private static PinnedBytes VectorsOf(PinnedBytes memory, int[] partBytes)
    {
        PinnedBytes vectors = new(partBytes.Length * 2 * sizeof(long));
        long address = memory.Address;
        for (int i = 0; i < partBytes.Length; i++)
        {
            BitConverter.TryWriteBytes(vectors.Span[(i * 2 * sizeof(long))..], address);
            BitConverter.TryWriteBytes(vectors.Span[(((i * 2) + 1) * sizeof(long))..], (long)partBytes[i]);
            address += partBytes[i];
        }

        return vectors;
    }

    private static PinnedBytes HeaderOf(PinnedBytes vectors, int count)
    {
        const int headerBytes = 56;
        const int vectorsOffset = 16;
        PinnedBytes header = new(headerBytes);
        BitConverter.TryWriteBytes(header.Span[vectorsOffset..], vectors.Address);
        BitConverter.TryWriteBytes(header.Span[(vectorsOffset + sizeof(long))..], (long)count);
        return header;
    }

    private static void ReturnBuffers(LoopUnderTest loop, RecordingOperation operation)
    {
        foreach (Completion completion in operation.Completions.Where(completion => completion.HasBuffer))
        {
            loop.Loop.Buffers.Return(completion.BufferId);
        }
    }
}
