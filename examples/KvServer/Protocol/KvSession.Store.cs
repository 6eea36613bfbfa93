using FlexSc.Examples.KvServer.Store;

namespace FlexSc.Examples.KvServer.Protocol;

/// <content>set, add, replace, append, prepend and cas: a line and a data block.</content>
internal sealed unsafe partial class KvSession
{
    private const int KeyToken = 1;
    private const int FlagsToken = 2;
    private const int ExpiryToken = 3;
    private const int LengthToken = 4;
    private const int CasToken = 5;

    // memcached's own bound on the announced length; a longer one cannot be meant.
    private const long MaxAnnouncedBytes = int.MaxValue - KvItem.TerminatorBytes;

    /// <returns>The bytes consumed of <paramref name="data"/>, which follows the line.</returns>
    private int BeginStore(StoreMode mode, in LineTokens tokens, ReadOnlySpan<byte> data, ref ReplyWriter writer)
    {
        int wordCount = mode == StoreMode.Cas ? CasToken + 1 : LengthToken + 1;
        if (!CheckCount(tokens, wordCount, wordCount + 1, ref writer) || !CheckKey(tokens[KeyToken], ref writer))
        {
            return 0;
        }

        if (!TryParseRequest(mode, tokens, out StoreRequest request, out long length))
        {
            Reply(Replies.BadLine, ref writer);
            return 0;
        }

        ReadOnlySpan<byte> key = tokens[KeyToken];
        ulong hash = _store.HashOf(key);
        KvShard shard = _store.ShardOf(hash);
        if (!shard.FitsItemLimit(key.Length, length))
        {
            return RefuseData(Replies.TooLarge, request, key, hash, length, data, ref writer);
        }

        if (data.Length >= length + KvItem.TerminatorBytes)
        {
            return StoreAtOnce(request, key, hash, data[..((int)length + KvItem.TerminatorBytes)], ref writer);
        }

        if (!_arriving.TryBegin(shard, key, (uint)hash, (int)length, _now))
        {
            return RefuseData(Replies.OutOfMemory, request, key, hash, length, data, ref writer);
        }

        _arrivingRequest = request;
        _arrivingMetaLine = null;
        _phase = Phase.Data;
        return ProcessData(data, ref writer);
    }

    private bool TryParseRequest(StoreMode mode, in LineTokens tokens, out StoreRequest request, out long length)
    {
        ulong cas = 0;
        length = 0;
        request = default;
        if (!StoredNumber.TryParseSigned(tokens[FlagsToken], out long flags) || flags is < 0 or > uint.MaxValue
            || !StoredNumber.TryParseSigned(tokens[ExpiryToken], out long expiry)
            || !StoredNumber.TryParseSigned(tokens[LengthToken], out length) || length is < 0 or >= MaxAnnouncedBytes
            || (mode == StoreMode.Cas && !StoredNumber.TryParse(tokens[CasToken], out cas)))
        {
            return false;
        }

        request = new StoreRequest(mode, (uint)flags, _store.Clock.ExpiryOf(expiry, _now), cas);
        return true;
    }

    /// <summary>The usual case: the whole value came with its line, no item is needed to collect it.</summary>
    private int StoreAtOnce(
        in StoreRequest request, ReadOnlySpan<byte> key, ulong hash, ReadOnlySpan<byte> block, ref ReplyWriter writer)
    {
        if (!block.EndsWith("\r\n"u8))
        {
            Reply(Replies.BadData, ref writer);
            return block.Length;
        }

        KvShard shard = _store.ShardOf(hash);
        StoreOutcome outcome;
        lock (shard.Gate)
        {
            outcome = shard.Store(request, key, (uint)hash, block[..^KvItem.TerminatorBytes], _now).Outcome;
        }

        Reply(ReplyFor(outcome), ref writer);
        return block.Length;
    }

    private int RefuseData(
        ReadOnlySpan<byte> reason, in StoreRequest request, ReadOnlySpan<byte> key, ulong hash, long length,
        ReadOnlySpan<byte> data, ref ReplyWriter writer)
    {
        Reply(reason, ref writer);
        KvShard shard = _store.ShardOf(hash);
        lock (shard.Gate)
        {
            shard.Counters.TooLarge += shard.FitsItemLimit(key.Length, length) ? 0 : 1;
            if (request.Mode == StoreMode.Set)
            {
                shard.RemoveStale(key, (uint)hash, _now);
            }
        }

        return BeginSwallow(length, data);
    }

    /// <summary>Passes over a value whose command was refused.</summary>
    /// <returns>The bytes consumed of <paramref name="data"/>.</returns>
    private int BeginSwallow(long length, ReadOnlySpan<byte> data)
    {
        _bytesToSwallow = length + KvItem.TerminatorBytes;
        _phase = Phase.Swallow;
        return Swallow(data);
    }

    private int ProcessData(ReadOnlySpan<byte> input, ref ReplyWriter writer)
    {
        if (!_arriving.TryReceive(input, _now, out int taken))
        {
            return RefuseRest(input, ref writer);
        }

        if (_arriving.IsComplete)
        {
            FinishData(ref writer);
        }

        return taken;
    }

    private int RefuseRest(ReadOnlySpan<byte> input, ref ReplyWriter writer)
    {
        _bytesToSwallow = _arriving.MissingBytes;
        if (_arrivingRequest.Mode == StoreMode.Set)
        {
            _arriving.DropWithStale(_now);
        }
        else
        {
            _arriving.Drop();
        }

        Reply(Replies.OutOfMemory, ref writer);
        _phase = Phase.Swallow;
        return Swallow(input);
    }

    private void FinishData(ref ReplyWriter writer)
    {
        _phase = Phase.Line;
        if (!_arriving.EndsWithTerminator)
        {
            _arriving.Drop();
            Reply(Replies.BadData, ref writer);
            return;
        }

        StoreResult result = _arriving.Store(_arrivingRequest, _now);
        if (_arrivingMetaLine is { } line)
        {
            _arrivingMetaLine = null;
            ReplyToMetaStore(line, result, ref writer);
        }
        else
        {
            Reply(ReplyFor(result.Outcome), ref writer);
        }
    }

    private static ReadOnlySpan<byte> ReplyFor(StoreOutcome outcome) => outcome switch
    {
        StoreOutcome.Stored => Replies.Stored,
        StoreOutcome.NotStored => Replies.NotStored,
        StoreOutcome.Exists => Replies.Exists,
        StoreOutcome.NotFound => Replies.NotFound,
        StoreOutcome.TooLarge => Replies.TooLarge,
        _ => Replies.OutOfMemory,
    };
}
