using DotNetty.Buffers;
using DotNetty.Transport.Channels;

namespace FlexSc.Peers.DotNetty;

internal sealed class HelloCounters
{
    private long _requests;
    private long _connections;

    public HelloResponse Response { get; } = new("DotNetty");

    public PeerCounts Counts => new(Interlocked.Read(ref _requests), Interlocked.Read(ref _connections));

    public void Opened() => Interlocked.Increment(ref _connections);

    public void Closed() => Interlocked.Decrement(ref _connections);

    public void Answered() => Interlocked.Increment(ref _requests);
}

/// <summary>
/// Answers each request head with the same bytes, flushed when all that was received has been answered. DotNetty's HTTP codec
/// is not among the packages, and would only add to its cost.
/// </summary>
internal sealed class HelloHandler(HelloCounters counters) : ChannelHandlerAdapter
{
    private const int HeadEndBytes = 4;

    // The last four bytes seen, of which a head ends with CR LF CR LF.
    private uint _tail;

    public override void ChannelActive(IChannelHandlerContext context)
    {
        counters.Opened();
        base.ChannelActive(context);
    }

    public override void ChannelInactive(IChannelHandlerContext context)
    {
        counters.Closed();
        base.ChannelInactive(context);
    }

    public override void ChannelRead(IChannelHandlerContext context, object message)
    {
        const uint headEnd = 0x0d0a0d0a;
        IByteBuffer buffer = (IByteBuffer)message;
        ReadOnlySpan<byte> input = buffer.Array.AsSpan(buffer.ArrayOffset + buffer.ReaderIndex, buffer.ReadableBytes);
        while (input.Length > 0)
        {
            // From one line end to the next: the head's own bytes are of no interest.
            int lineFeed = input.IndexOf((byte)'\n');
            int taken = lineFeed < 0 ? input.Length : lineFeed + 1;
            foreach (byte value in input[Math.Max(0, taken - HeadEndBytes)..taken])
            {
                _tail = (_tail << 8) | value;
            }

            if (_tail == headEnd)
            {
                counters.Answered();
                context.WriteAsync(Unpooled.WrappedBuffer(counters.Response.Current));
            }

            input = input[taken..];
        }

        buffer.Release();
    }

    public override void ChannelReadComplete(IChannelHandlerContext context) => context.Flush();

    public override void ExceptionCaught(IChannelHandlerContext context, Exception exception) => context.CloseAsync();
}
