namespace FlexSc.Examples.KvServer.Store;

/// <summary>
/// A value of which a part is still to come. It takes memory as its bytes arrive, at most twice what is there already: what a
/// client announces costs nothing. Belongs to one connection; takes the shard's gate by itself.
/// </summary>
internal unsafe struct ArrivingValue
{
    // The first block, and so all that a promise costs.
    private const int FirstBytes = 1024;

    private KvShard? _shard;
    private KvItem* _item;
    private int _announcedBytes;
    private int _receivedBytes;

    public readonly bool IsActive => _item != null;

    public readonly bool IsComplete => MissingBytes == 0;

    /// <summary>What is still to come of the value and the CR LF behind it.</summary>
    public readonly int MissingBytes => _announcedBytes - _receivedBytes;

    public readonly bool EndsWithTerminator => Block[.._announcedBytes].EndsWith("\r\n"u8);

    private readonly Span<byte> Block => KvItem.SpaceBehindKey(_item);

    /// <summary>False, and nothing taken, when the shard has no memory for it.</summary>
    public bool TryBegin(KvShard shard, ReadOnlySpan<byte> key, uint hash, int valueLength, uint now)
    {
        _shard = shard;
        _announcedBytes = valueLength + KvItem.TerminatorBytes;
        _receivedBytes = 0;
        lock (shard.Gate)
        {
            _item = shard.BeginArrival(key, hash, Math.Min(_announcedBytes, FirstBytes), now);
        }

        return IsActive;
    }

    /// <summary>Takes what belongs to the value. False, and nothing taken, when the shard has no memory for it.</summary>
    public bool TryReceive(ReadOnlySpan<byte> input, uint now, out int taken)
    {
        taken = Math.Min(MissingBytes, input.Length);
        int received = _receivedBytes + taken;
        if (received > Block.Length && !TryGrow((int)Math.Min(_announcedBytes, 2L * received), now))
        {
            taken = 0;
            return false;
        }

        input[..taken].CopyTo(Block[_receivedBytes..]);
        _receivedBytes = received;
        return true;
    }

    /// <summary>Stores the value, which is complete; it is active no more.</summary>
    public StoreResult Store(in StoreRequest request, uint now)
    {
        KvItem* item = _item;
        _item = null;
        item->ValueLength = _announcedBytes - KvItem.TerminatorBytes;
        lock (_shard!.Gate)
        {
            return _shard.StoreArrived(request, item, now);
        }
    }

    /// <summary>Frees what has arrived, if it is active.</summary>
    public void Drop()
    {
        if (_item == null)
        {
            return;
        }

        lock (_shard!.Gate)
        {
            _shard.DropArriving(_item);
        }

        _item = null;
    }

    /// <summary>As <see cref="Drop"/>, and removes the item of the same key that the value was to replace.</summary>
    public void DropWithStale(uint now)
    {
        lock (_shard!.Gate)
        {
            _shard.RemoveStale(KvItem.Key(_item), _item->Hash, now);
        }

        Drop();
    }

    private bool TryGrow(int bytes, uint now)
    {
        lock (_shard!.Gate)
        {
            return _shard.TryGrowArrival(ref _item, bytes, now);
        }
    }
}
