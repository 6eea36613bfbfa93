using FlexSc.Examples.KvServer.Store;

namespace FlexSc.Examples.KvServer.Protocol;

/// <content>ms: a line and a data block.</content>
internal sealed unsafe partial class KvSession
{
    /// <param name="line">The whole line.</param>
    /// <param name="position">Where its key ends.</param>
    /// <param name="key">The key as it stands there.</param>
    /// <param name="data">What follows the line.</param>
    /// <param name="writer">Takes the reply.</param>
    /// <returns>The bytes consumed of <paramref name="data"/>.</returns>
    private int BeginMetaStore(ReadOnlySpan<byte> line, int position, ReadOnlySpan<byte> key, ReadOnlySpan<byte> data, ref ReplyWriter writer)
    {
        bool hasLength = LineTokens.NextToken(line, ref position, out int start);
        if (hasLength && HasTooManyWords(line))
        {
            writer.WriteShort(Replies.FlagsTooLong);
            return 0;
        }

        if (!hasLength || !StoredNumber.TryParseSigned(line[start..position], out long length) || length is < 0 or >= MaxAnnouncedBytes)
        {
            writer.WriteShort(Replies.BadLine);
            return 0;
        }

        MetaRequest request = new(line, position, key, _store.Clock, _now);
        if (!request.TryParse(out ReadOnlySpan<byte> mistake))
        {
            writer.WriteShort(mistake);
            return BeginSwallow(length, data);
        }

        if (!TryStoreRequest(request, out StoreRequest store))
        {
            writer.WriteShort(Replies.BadStoreMode);
            return BeginSwallow(length, data);
        }

        return MetaStore(request, store, line, length, data, ref writer);
    }

    private int MetaStore(
        in MetaRequest request, in StoreRequest store, ReadOnlySpan<byte> line, long length, ReadOnlySpan<byte> data, ref ReplyWriter writer)
    {
        ulong hash = _store.HashOf(request.Key);
        KvShard shard = _store.ShardOf(hash);
        if (!shard.FitsItemLimit(request.Key.Length, length))
        {
            return RefuseData(Replies.TooLarge, store, request.Key, hash, length, data, ref writer);
        }

        if (data.Length >= length + KvItem.TerminatorBytes)
        {
            return MetaStoreAtOnce(request, store, hash, data[..((int)length + KvItem.TerminatorBytes)], ref writer);
        }

        if (!_arriving.TryBegin(shard, request.Key, (uint)hash, (int)length, _now))
        {
            return RefuseData(Replies.OutOfMemory, store, request.Key, hash, length, data, ref writer);
        }

        // The line is gone when its value is complete. It is short, and a value that comes in pieces is as a rule long.
        _arrivingMetaLine = line.ToArray();
        _arrivingRequest = store;
        _phase = Phase.Data;
        return ProcessData(data, ref writer);
    }

    private static bool TryStoreRequest(in MetaRequest request, out StoreRequest store)
    {
        StoreMode? mode = request.Mode switch
        {
            (byte)'E' => StoreMode.Add,
            (byte)'A' => StoreMode.Append,
            (byte)'P' => StoreMode.Prepend,
            (byte)'R' => StoreMode.Replace,
            0 or (byte)'S' => StoreMode.Set,
            _ => null,
        };
        StoreOptions options = request.KeyOptions;
        uint expiresAt = request.ExpiresAt;
        if (request.Has('C') && mode is StoreMode.Set or StoreMode.Replace)
        {
            mode = StoreMode.Cas;
            options |= request.Has('I') ? StoreOptions.OlderIsStale : StoreOptions.None;
        }
        else if (request.Has('N') && mode is StoreMode.Append or StoreMode.Prepend)
        {
            options |= StoreOptions.CreatesOnMiss;
            expiresAt = request.CreatedExpiresAt;
        }

        store = new StoreRequest(mode.GetValueOrDefault(), request.ClientFlags, expiresAt, request.Cas)
        {
            NewCas = request.NewCas,
            Options = options,
        };
        return mode.HasValue;
    }

    private int MetaStoreAtOnce(in MetaRequest request, in StoreRequest store, ulong hash, ReadOnlySpan<byte> block, ref ReplyWriter writer)
    {
        if (!block.EndsWith("\r\n"u8))
        {
            writer.WriteShort(Replies.BadData);
            return block.Length;
        }

        KvShard shard = _store.ShardOf(hash);
        StoreResult result;
        lock (shard.Gate)
        {
            result = shard.Store(store, request.Key, (uint)hash, block[..^KvItem.TerminatorBytes], _now);
        }

        ReplyToMetaStore(request, result, ref writer);
        return block.Length;
    }

    /// <summary>Replies to one whose value came after its line.</summary>
    private void ReplyToMetaStore(ReadOnlySpan<byte> line, in StoreResult result, ref ReplyWriter writer)
    {
        int position = 0;
        LineTokens.NextToken(line, ref position, out _);
        LineTokens.NextToken(line, ref position, out int keyAt);
        ReadOnlySpan<byte> key = line[keyAt..position];
        LineTokens.NextToken(line, ref position, out _);
        MetaRequest request = new(line, position, key, _store.Clock, _now);
        request.TryParse(out _);
        ReplyToMetaStore(request, result, ref writer);
    }

    private static void ReplyToMetaStore(in MetaRequest request, in StoreResult result, ref ReplyWriter writer)
    {
        if (result.Outcome is StoreOutcome.TooLarge or StoreOutcome.OutOfMemory)
        {
            writer.WriteShort(ReplyFor(result.Outcome));
            return;
        }

        if (result.Outcome == StoreOutcome.Stored && request.Has('q'))
        {
            return;
        }

        writer.WriteShort(result.Outcome switch
        {
            StoreOutcome.Stored => "HD"u8,
            StoreOutcome.NotStored => "NS"u8,
            StoreOutcome.Exists => "EX"u8,
            _ => "NF"u8,
        });
        int position = 0;
        while (LineTokens.NextToken(request.Flags, ref position, out int start))
        {
            ReadOnlySpan<byte> word = request.Flags[start..position];
            switch (word[0])
            {
                case (byte)'c':
                    writer.WriteFlag((byte)'c', result.Cas);
                    break;
                case (byte)'s':
                    writer.WriteFlag((byte)'s', (ulong)result.ValueBytes);
                    break;
                default:
                    WriteEcho(word, request.Key, request.Has('b'), ref writer);
                    break;
            }
        }

        writer.WriteShort(Replies.LineEnd);
    }
}
