using FlexSc.Examples.KvServer.Store;

namespace FlexSc.Examples.KvServer.Protocol;

/// <content>mg.</content>
internal sealed unsafe partial class KvSession
{
    private void MetaGet(in MetaRequest request, ref ReplyWriter writer)
    {
        ulong hash = _store.HashOf(request.Key);
        KvShard shard = _store.ShardOf(hash);
        lock (shard.Gate)
        {
            KvItem* item = shard.Find(request.Key, (uint)hash, _now);
            bool isCreated = item == null && request.Has('N');
            if (isCreated)
            {
                StoreRequest empty = new(StoreMode.Add, 0, NeverExpires, 0) { NewCas = request.NewCas, Options = request.KeyOptions };
                item = shard.Create(request.Key, (uint)hash, empty, _now);
            }

            shard.CountMetaGet(item, touches: request.Has('T'));
            if (item != null)
            {
                WriteHit(request, item, isCreated, ref writer);
                if (!request.Has('u'))
                {
                    shard.MarkFetched(item, _now);
                }

                return;
            }
        }

        if (!request.Has('q'))
        {
            writer.WriteShort("EN"u8);
            WriteEchoes(request, ref writer);
            writer.WriteShort(Replies.LineEnd);
        }
    }

    private void WriteHit(in MetaRequest request, KvItem* item, bool isCreated, ref ReplyWriter writer)
    {
        WriteHead(request, item->ValueLength, ref writer);
        bool wins = false;
        int position = 0;
        while (LineTokens.NextToken(request.Flags, ref position, out int start))
        {
            ReadOnlySpan<byte> word = request.Flags[start..position];
            if (!TryWriteOfItem(word[0], item, ref writer))
            {
                wins |= Apply(word[0], request, item, isCreated);
                WriteEcho(word, KvItem.Key(item), (item->State & ItemState.KeyIsBinary) != 0, ref writer);
            }
        }

        WriteRecache(item, wins, ref writer);
        writer.WriteShort(Replies.LineEnd);
        if (request.Has('v'))
        {
            writer.WriteLong(KvItem.ValueAndTerminator(item));
        }
    }

    private static void WriteHead(in MetaRequest request, int valueLength, ref ReplyWriter writer)
    {
        if (request.Has('v'))
        {
            writer.WriteShort("VA "u8);
            writer.WriteNumber((ulong)valueLength);
        }
        else
        {
            writer.WriteShort("HD"u8);
        }
    }

    // By the order of the flags: what stands before a T tells of the item as it was.
    private bool TryWriteOfItem(byte flag, KvItem* item, ref ReplyWriter writer)
    {
        switch (flag)
        {
            case (byte)'s':
                writer.WriteFlag(flag, (ulong)item->ValueLength);
                return true;
            case (byte)'t':
                WriteRemaining(item, ref writer);
                return true;
            case (byte)'c':
                writer.WriteFlag(flag, item->Cas);
                return true;
            case (byte)'f':
                writer.WriteFlag(flag, item->Flags);
                return true;
            case (byte)'l':
                writer.WriteFlag(flag, _now - item->UsedAt);
                return true;
            case (byte)'h':
                writer.WriteFlag(flag, (item->State & ItemState.Fetched) != 0 ? 1u : 0u);
                return true;
            default:
                return false;
        }
    }

    private void WriteRemaining(KvItem* item, ref ReplyWriter writer)
    {
        if (item->ExpiresAt == NeverExpires)
        {
            writer.WriteShort(" t-1"u8);
        }
        else
        {
            writer.WriteFlag((byte)'t', RemainingSeconds(item));
        }
    }

    private ulong RemainingSeconds(KvItem* item) => item->ExpiresAt > _now ? item->ExpiresAt - _now : 0;

    /// <returns>Whether the flag makes this client the one that is to store the item anew.</returns>
    private static bool Apply(byte flag, in MetaRequest request, KvItem* item, bool isCreated)
    {
        switch (flag)
        {
            case (byte)'T':
                item->ExpiresAt = request.ExpiresAt;
                return false;
            case (byte)'N' when isCreated:
                item->ExpiresAt = request.CreatedExpiresAt;
                return true;
            case (byte)'R':
                return !isCreated && (item->State & ItemState.WinnerTold) == 0
                    && item->ExpiresAt != NeverExpires && item->ExpiresAt < request.RecacheBefore;
            default:
                return false;
        }
    }

    private static void WriteRecache(KvItem* item, bool wins, ref ReplyWriter writer)
    {
        bool isTold = (item->State & ItemState.WinnerTold) != 0;
        bool isStale = (item->State & ItemState.Stale) != 0;
        if (isTold)
        {
            writer.WriteFlag((byte)'Z');
        }

        if (isStale)
        {
            writer.WriteFlag((byte)'X');
        }

        if (wins || (isStale && !isTold))
        {
            writer.WriteFlag((byte)'W');
            item->State |= ItemState.WinnerTold;
        }
    }

    /// <summary>The opaque token and the key, where they were asked for.</summary>
    private static void WriteEchoes(in MetaRequest request, ref ReplyWriter writer)
    {
        int position = 0;
        while (LineTokens.NextToken(request.Flags, ref position, out int start))
        {
            WriteEcho(request.Flags[start..position], request.Key, request.Has('b'), ref writer);
        }
    }

    private static void WriteEcho(ReadOnlySpan<byte> word, ReadOnlySpan<byte> key, bool keyIsBinary, ref ReplyWriter writer)
    {
        if (word[0] == 'O')
        {
            writer.WriteShort(" "u8);
            writer.WriteShort(word);
        }
        else if (word[0] == 'k')
        {
            writer.WriteFlag((byte)'k');
            writer.WriteKey(key, keyIsBinary);
            writer.WriteShort(keyIsBinary ? " b"u8 : default);
        }
    }
}
