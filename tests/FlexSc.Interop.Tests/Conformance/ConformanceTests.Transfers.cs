using System.Net.Sockets;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Tests.Loop;
using Xunit;

namespace FlexSc.Interop.Tests.Conformance;

/// <content>Short transfers, and those that are to be complete.</content>
public abstract partial class ConformanceTests
{
    [SkippableFact]
    public async Task A_receive_takes_what_is_there_and_no_more_than_asked()
    {
        LoopUnderTest loop = Start();
        (long here, Peer there) = await AcceptAsync(loop);
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
        (long here, Peer there) = await AcceptAsync(loop);
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
    public async Task A_receive_that_wants_all_and_is_not_to_wait_takes_what_is_there()
    {
        LoopUnderTest loop = Start();
        (long here, Peer there) = await AcceptAsync(loop);
        PinnedBytes memory = new(10);
        there.Send("0123"u8);
        Assert.Equal(4, await loop.CallAsync(SyscallNumber.RecvFrom, here, memory.Address, 10, MessagePeek));
        Assert.Equal(4, await loop.CallAsync(SyscallNumber.RecvFrom, here, memory.Address, 10, MessageWaitAll | MessageDoNotWait));
        Assert.Equal("0123"u8, memory.Span[..4]);
        await CloseAsync(loop, here);
    }

    [SkippableFact]
    public async Task A_send_may_be_short_unless_it_wants_all()
    {
        const int Bytes = 8 * 1024 * 1024;
        LoopUnderTest loop = Start();
        (long here, Peer there) = await AcceptAsync(loop);
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
        (long here, Peer there) = await AcceptAsync(loop);
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
        (long here, Peer there) = await AcceptAsync(loop);
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
}
