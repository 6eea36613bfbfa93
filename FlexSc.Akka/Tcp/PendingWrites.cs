using Akka.Actor;
using Akka.IO;
using Debug = System.Diagnostics.Debug;

namespace FlexSc.Akka.IO;

/// <summary>
/// The writes of a connection that the kernel has not taken, in order: Akka.IO's, whose bytes are copied into a send block when its
/// turn comes, and blocks that were written directly. On the loop's thread.
/// </summary>
internal sealed class PendingWrites
{
    // Made when first needed: a connection that is written to by its direct output alone never has them.
    private Queue<PendingWrite>? _waiting;
    private Queue<PendingWrite>? _inFlight;
    private PendingWrite _partial;
    private bool _hasPartial;
    private DescriptorWrite? _passing;

    /// <summary>Writes wait for a block, in whole or in part.</summary>
    public bool IsWaiting => _hasPartial || _waiting is { Count: > 0 };

    /// <summary>A write in flight wants its acknowledgement.</summary>
    public bool IsAcknowledgementAwaited { get; private set; }

    public void Add(Tcp.Write write, IActorRef sender) => Add(new PendingWrite(write, write.Data, sender, null));

    /// <summary>Puts the rest of a write before all others. Only while none is in part copied.</summary>
    public void AddFirst(in PendingWrite rest)
    {
        Debug.Assert(!_hasPartial, "the rests of two writes");
        _partial = rest;
        _hasPartial = true;
    }

    public void Add(SendBlock block) => Add(new PendingWrite(null, null, ActorRefs.Nobody, block));

    public void Add(DescriptorWrite write, IActorRef sender) =>
        Add(new PendingWrite(write.Command, write.Command.Data, sender, null) { Descriptors = write });

    /// <summary>The next bytes to send: a block as it was written, or a block filled with the writes that wait.</summary>
    /// <param name="unsentBytes">All bytes that wait.</param>
    /// <param name="sender">Has the blocks, and acknowledges empty writes that nothing goes before.</param>
    public SendBlock? TakeBlock(long unsentBytes, TcpSender sender)
    {
        SendBlock? block = null;
        while (IsWaiting)
        {
            if (!_hasPartial && _waiting!.Peek().Block is not null)
            {
                return block ?? _waiting.Dequeue().Block;
            }

            if (!_hasPartial)
            {
                if (block is not null && _waiting!.Peek().Descriptors is not null)
                {
                    return block;
                }

                _partial = _waiting!.Dequeue();
                _hasPartial = true;
                _passing = _partial.Descriptors;
            }

            if (!_partial.Data!.IsEmpty)
            {
                block ??= sender.RentBlock((int)Math.Min(unsentBytes, sender.LargeBlockBytes));
                if (block.RoomBytes == 0 || !CopyInto(block, ref _partial))
                {
                    return block;
                }
            }

            _hasPartial = false;
            if (block is null)
            {
                // Empty, and nothing before it waits to be taken by the kernel.
                sender.Acknowledge(_partial);
            }
            else
            {
                (_inFlight ??= new Queue<PendingWrite>()).Enqueue(_partial);
                IsAcknowledgementAwaited |= _partial.Ack is not null;
            }

            if (_passing is not null)
            {
                // What follows leaves by a send of its own.
                return block;
            }
        }

        return block;
    }

    /// <summary>The descriptors that go with the block that was taken last; once.</summary>
    public DescriptorWrite? TakePassing()
    {
        DescriptorWrite? passing = _passing;
        _passing = null;
        return passing;
    }

    /// <summary>Takes the write back of which a block was taken that could not be sent, alone in it.</summary>
    public PendingWrite TakeUnsent()
    {
        if (!_hasPartial)
        {
            IsAcknowledgementAwaited = false;
            return _inFlight!.Dequeue();
        }

        PendingWrite unsent = _partial;
        _partial = default;
        _hasPartial = false;
        return unsent;
    }

    /// <summary>The kernel has taken what was in flight: those writes, one after the other.</summary>
    public bool TryTakeSent(out PendingWrite write)
    {
        IsAcknowledgementAwaited = false;
        write = default;
        return _inFlight is not null && _inFlight.TryDequeue(out write);
    }

    /// <summary>Keeps as ordinary bytes what waits in blocks, which go back to where they are from. Nothing is in flight.</summary>
    public unsafe void CopyBlocks(TcpLoop from)
    {
        for (int left = _waiting?.Count ?? 0; left > 0; left--)
        {
            PendingWrite write = _waiting!.Dequeue();
            if (write.Block is { } block)
            {
                byte[] bytes = new ReadOnlySpan<byte>(block.Unsent, block.UnsentBytes).ToArray();
                from.Return(block);
                write = write with { Block = null, Data = ByteString.FromBytes(bytes) };
            }

            _waiting.Enqueue(write);
        }
    }

    /// <summary>Everything that has not been sent and will not be, in order.</summary>
    public List<PendingWrite> TakeAll()
    {
        List<PendingWrite> all = [.. _inFlight ?? []];
        if (_hasPartial)
        {
            all.Add(_partial);
        }

        all.AddRange(_waiting ?? []);
        _inFlight = null;
        _waiting = null;
        _partial = default;
        _hasPartial = false;
        _passing = null;
        return all;
    }

    private void Add(in PendingWrite write) => (_waiting ??= new Queue<PendingWrite>()).Enqueue(write);

    /// <returns>True when all of it was copied; false with the rest left in <paramref name="write"/>.</returns>
    private static bool CopyInto(SendBlock block, ref PendingWrite write)
    {
        ByteString data = write.Data!;
        if (!data.IsCompact)
        {
            // A rope gives no access to its parts; made one piece once, it is walked without copying it again for each block.
            data = data.Compact();
        }

        ReadOnlySpan<byte> rest = data.ToReadOnlySpan()[write.CopiedBytes..];
        int copied = block.Append(rest);
        write = write with { Data = data, CopiedBytes = write.CopiedBytes + copied };
        return copied == rest.Length;
    }
}

/// <summary>One write: Akka.IO's, one with descriptors, or a block that was written directly.</summary>
internal readonly record struct PendingWrite(Tcp.Command? Command, ByteString? Data, IActorRef Sender, SendBlock? Block)
{
    /// <summary>Bytes of the data that earlier blocks carry.</summary>
    public int CopiedBytes { get; init; }

    /// <summary>Descriptors that go with its first byte.</summary>
    public DescriptorWrite? Descriptors { get; init; }

    /// <summary>Told once the kernel has taken all of it; null for no answer.</summary>
    public Tcp.Event? Ack => Command switch
    {
        Tcp.Write { WantsAck: true } write => write.Ack,
        WriteDescriptors write => write.Ack,
        _ => null,
    };
}
