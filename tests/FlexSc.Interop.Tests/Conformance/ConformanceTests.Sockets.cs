using System.Net;
using System.Net.Sockets;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;
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
        (long here, Peer there) = await AcceptAsync(loop);
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
        Peer listener = Listen();
        long here = await NewSocketAsync(loop);
        PinnedBytes address = AddressOf(listener);
        Assert.Equal(0, await loop.CallAsync(SyscallNumber.Connect, here, address.Address, address.Length));
        Peer there = Keep(listener.Accept());
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
        Peer listener = Listen();
        PinnedBytes address = AddressOf(listener);
        listener.Dispose();
        long here = await NewSocketAsync(loop);
        Assert.Equal(-ErrnoConnectionRefused, await loop.CallAsync(SyscallNumber.Connect, here, address.Address, address.Length));

        Peer other = Listen();
        PinnedBytes otherAddress = AddressOf(other);
        Assert.Equal(0, await loop.CallAsync(SyscallNumber.Connect, here, otherAddress.Address, otherAddress.Length));
        await CloseAsync(loop, here);
    }

    [SkippableFact]
    public async Task A_multishot_accept_completes_for_every_connection()
    {
        const int Connections = 100;
        LoopUnderTest loop = Start();
        Peer listener = Listen();
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
            (long here, Peer there) = await AcceptAsync(loop);
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
        (long here, Peer there) = await AcceptAsync(loop);
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
    public async Task Calls_on_a_non_blocking_socket_wait_all_the_same()
    {
        LoopUnderTest loop = Start();
        Peer listener = Listen();
        listener.Blocking = false;
        RecordingOperation accept = await loop.SubmitAsync(SyscallNumber.Accept4, argument0: (long)listener.Handle, argument3: CloseOnExec | 0x800);
        Peer there = Connect(listener);
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
        Peer here = Keep(_host.NewDatagram());
        Peer there = Keep(_host.NewDatagram());
        here.Bind();
        there.Bind();
        PinnedBytes memory = new(64);
        PinnedBytes sender = new(16);
        PinnedBytes senderBytes = new(BitConverter.GetBytes(16));
        RecordingOperation receive = await loop.SubmitAsync(SyscallNumber.RecvFrom, argument0: (long)here.Handle,
            argument1: memory.Address, argument2: memory.Length, argument4: sender.Address, argument5: senderBytes.Address);
        there.SendTo("datagram"u8, here);
        Assert.Equal(8, await receive.Result);
        Assert.Equal(there.LocalAddress, sender.Span);
    }

    private static async Task<long> NewSocketAsync(LoopUnderTest loop)
    {
        const int familyInternet6 = 10;
        const int streamCloseOnExec = 1 | (int)CloseOnExec;
        long descriptor = await loop.CallAsync(SyscallNumber.Socket, familyInternet6, streamCloseOnExec);
        Assert.True(descriptor >= 0, $"socket answered {descriptor}");
        return descriptor;
    }

    private static PinnedBytes AddressOf(Peer socket) => new(socket.LocalAddress);

    private static void ReturnBuffers(LoopUnderTest loop, RecordingOperation operation)
    {
        foreach (Completion completion in operation.Completions.Where(completion => completion.HasBuffer))
        {
            loop.Loop.Buffers.Return(completion.BufferId);
        }
    }
}
