using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;
using FlexSc.Interop.Tests.Loop;
using Xunit;

namespace FlexSc.Interop.Tests.Conformance;

/// <content>Datagrams with their senders, in provided buffers.</content>
public abstract partial class ConformanceTests
{
    private const int AddressBytes = 16;

    [SkippableFact]
    public async Task A_multishot_receive_of_messages_tells_sender_length_and_what_was_cut()
    {
        const int BufferBytes = 64;
        LoopUnderTest loop = Start(new SyscallLoopOptions { BufferCount = 2, BufferBytes = BufferBytes });
        Peer here = Keep(_host.NewDatagram());
        Peer there = Keep(_host.NewDatagram());
        here.Bind();
        there.Bind();
        using MessageLayout layout = new(AddressBytes, 0);
        int room = BufferBytes - layout.HeadBytes;
        ReceiveMessages receive = new(here.Handle, layout);
        Skip.If(!await receive.BeginAsync(loop), "the backend receives no messages into provided buffers");

        byte[][] sent = [[1, 2, 3], [], new byte[room], new byte[room + 5], [4]];
        foreach (byte[] datagram in sent)
        {
            there.SendTo(datagram, here);
            Message message = await receive.NextAsync();
            Assert.Equal(there.LocalAddress, message.Name);
            Assert.Equal(datagram[..Math.Min(datagram.Length, room)], message.Bytes);
            Assert.Equal(datagram.Length > room, message.IsTruncated);
        }

        await loop.CancelAsync(receive);
        await receive.Ended.WaitAsync(LoopFixture.Deadline);
    }

    [SkippableFact]
    public async Task A_receive_of_messages_without_a_buffer_ends_and_loses_nothing()
    {
        LoopUnderTest loop = Start(new SyscallLoopOptions { BufferCount = 1, BufferBytes = 64 });
        Peer here = Keep(_host.NewDatagram());
        Peer there = Keep(_host.NewDatagram());
        here.Bind();
        there.Bind();
        using MessageLayout layout = new(AddressBytes, 0);
        ReceiveMessages receive = new(here.Handle, layout) { Keeps = true };
        Skip.If(!await receive.BeginAsync(loop), "the backend receives no messages into provided buffers");
        there.SendTo([1], here);
        Assert.Equal(1, (int)Assert.Single((await receive.NextAsync()).Bytes));
        there.SendTo([], here);
        Assert.Equal(-ErrnoNoBuffers, await receive.Ended.WaitAsync(LoopFixture.Deadline));

        receive.Keeps = false;
        loop.Loop.Buffers.Return(receive.Kept);
        Assert.True(await receive.BeginAsync(loop));
        Assert.Empty((await receive.NextAsync()).Bytes);
        await loop.CancelAsync(receive);
        await receive.Ended.WaitAsync(LoopFixture.Deadline);
    }

    [SkippableFact]
    public async Task Messages_need_a_buffer_with_room_for_their_head()
    {
        LoopUnderTest loop = Start(new SyscallLoopOptions { BufferCount = 1, BufferBytes = 64 });
        Peer here = Keep(_host.NewDatagram());
        Peer there = Keep(_host.NewDatagram());
        here.Bind();
        there.Bind();
        using MessageLayout layout = new(128, 0);
        ReceiveMessages receive = new(here.Handle, layout);
        Assert.True(await loop.Loop.RunAsync(owner => owner.TryReceiveMessages(receive, (int)here.Handle, layout)));
        there.SendTo([1], here);
        Assert.True(await receive.Ended.WaitAsync(LoopFixture.Deadline) < 0);
    }

    [SkippableFact]
    public async Task A_datagram_goes_where_its_address_says()
    {
        LoopUnderTest loop = Start();
        Peer here = Keep(_host.NewDatagram());
        Peer first = Keep(_host.NewDatagram());
        Peer second = Keep(_host.NewDatagram());
        here.Bind();
        first.Bind();
        second.Bind();
        foreach ((Peer target, byte content) in new[] { (first, (byte)1), (second, (byte)2) })
        {
            PinnedBytes memory = new([content]);
            PinnedBytes address = new(target.LocalAddress);
            Assert.Equal(1, await loop.CallAsync(
                SyscallNumber.SendTo, here.Handle, memory.Address, memory.Length, 0, address.Address, address.Length));
            byte[] received = new byte[2];
            Assert.Equal(1, await target.ReceiveAsync(received));
            Assert.Equal(content, received[0]);
        }
    }

    private sealed record Message(byte[] Name, byte[] Bytes, bool IsTruncated);

    private sealed class ReceiveMessages(long socket, MessageLayout layout) : SyscallOperation
    {
        private readonly System.Threading.Channels.Channel<Message> _messages = System.Threading.Channels.Channel.CreateUnbounded<Message>();
        private TaskCompletionSource<long> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<long> Ended => _ended.Task;

        public bool Keeps { get; set; }

        public ushort Kept { get; private set; }

        /// <returns>False where the backend cannot.</returns>
        public async Task<bool> BeginAsync(LoopUnderTest loop)
        {
            _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
            Assert.True(await loop.Loop.RunAsync(owner => owner.TryReceiveMessages(this, (int)socket, layout)));

            // A call that is refused completes before one that is submitted later.
            await loop.CallAsync(SyscallNumber.GetPid);
            return !(_ended.Task.IsCompleted && await _ended.Task == -Errno.Invalid);
        }

        public async Task<Message> NextAsync() => await _messages.Reader.ReadAsync().AsTask().WaitAsync(LoopFixture.Deadline);

        protected internal override unsafe void OnCompleted(SyscallLoop loop, in Completion completion)
        {
            if (completion.HasBuffer)
            {
                ReceivedMessage message = layout.Read(loop.Buffers.AddressOf(completion.BufferId), completion.Result);
                _messages.Writer.TryWrite(new Message(
                    message.Name.ToArray(), new ReadOnlySpan<byte>(message.Payload, message.PayloadBytes).ToArray(), message.IsTruncated));
                Kept = completion.BufferId;
                if (!Keeps)
                {
                    loop.Buffers.Return(completion.BufferId);
                }
            }

            // An empty message ends io_uring's multishot receive.
            bool goesOn = completion.IsTerminal && completion.HasBuffer && !Keeps && loop.TryReceiveMessages(this, (int)socket, layout);
            if (completion.IsTerminal && !goesOn)
            {
                _ended.TrySetResult(completion.Result);
            }
        }
    }
}
