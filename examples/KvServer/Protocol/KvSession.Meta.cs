using FlexSc.Examples.KvServer.Store;

namespace FlexSc.Examples.KvServer.Protocol;

/// <content>The meta commands: which one it is, and md, me and mn.</content>
internal sealed unsafe partial class KvSession
{
    private const int MetaNameBytes = 2;
    private const uint NeverExpires = 0;

    private static bool IsMeta(byte command) => "gsdaen"u8.Contains(command);

    /// <param name="command">The second letter of its name.</param>
    /// <param name="line">The whole line.</param>
    /// <param name="position">Where its name ends.</param>
    /// <param name="data">What follows the line.</param>
    /// <param name="writer">Takes the reply.</param>
    /// <returns>The bytes consumed of <paramref name="data"/>.</returns>
    private int ExecuteMeta(byte command, ReadOnlySpan<byte> line, int position, ReadOnlySpan<byte> data, ref ReplyWriter writer)
    {
        _metaCommands++;
        if (command == 'n')
        {
            writer.WriteShort(Replies.MetaNoOp);
            return 0;
        }

        if (!LineTokens.NextToken(line, ref position, out int start))
        {
            writer.WriteShort(command == 'e' ? Replies.BadLine : Replies.Error);
            return 0;
        }

        ReadOnlySpan<byte> key = line[start..position];
        if (!KeyRules.IsValid(key))
        {
            writer.WriteShort(Replies.BadLine);
            return 0;
        }

        if (command == 's')
        {
            return BeginMetaStore(line, position, key, data, ref writer);
        }

        if (command == 'e')
        {
            MetaDebug(line, position, key, ref writer);
        }
        else if (HasTooManyWords(line))
        {
            writer.WriteShort(command == 'g' ? Replies.GetFlagsTooLong : Replies.FlagsTooLong);
        }
        else
        {
            MetaRequest request = new(line, position, key, _store.Clock, _now);
            Execute(command, ref request, ref writer);
        }

        return 0;
    }

    private void Execute(byte command, ref MetaRequest request, ref ReplyWriter writer)
    {
        if (!request.TryParse(out ReadOnlySpan<byte> mistake))
        {
            bool isOpaque = mistake.SequenceEqual(Replies.OpaqueTooLong);
            writer.WriteShort(command == 'g' || isOpaque ? mistake : Replies.InvalidOrDuplicateFlag);
            return;
        }

        switch (command)
        {
            case (byte)'g':
                MetaGet(request, ref writer);
                break;
            case (byte)'d':
                MetaDelete(request, ref writer);
                break;
            default:
                MetaArithmetic(request, ref writer);
                break;
        }
    }

    private static bool HasTooManyWords(ReadOnlySpan<byte> line)
    {
        int position = 0;
        int words = 0;
        while (LineTokens.NextToken(line, ref position, out _))
        {
            words++;
        }

        return words > MetaRequest.MaxWords;
    }

    private void MetaDelete(in MetaRequest request, ref ReplyWriter writer)
    {
        ulong hash = _store.HashOf(request.Key);
        KvShard shard = _store.ShardOf(hash);
        MetaDeleteRequest deletion = new()
        {
            Cas = request.Has('C') ? request.Cas : null,
            NewCas = request.NewCas,
            Invalidates = request.Has('I'),
            Empties = request.Has('x'),
            ExpiresAt = request.Has('T') ? request.ExpiresAt : null,
            Flags = request.ClientFlags,
        };
        MetaDeleteOutcome outcome;
        lock (shard.Gate)
        {
            outcome = shard.MetaDelete(deletion, request.Key, (uint)hash, _now);
        }

        if (outcome == MetaDeleteOutcome.OutOfMemory)
        {
            writer.WriteShort(Replies.MetaOutOfMemory);
        }
        else if (outcome != MetaDeleteOutcome.Done || !request.Has('q'))
        {
            writer.WriteShort(outcome switch
            {
                MetaDeleteOutcome.Done => "HD"u8,
                MetaDeleteOutcome.NotFound => "NF"u8,
                _ => "EX"u8,
            });
            WriteEchoes(request, ref writer);
            writer.WriteShort(Replies.LineEnd);
        }
    }

    private void MetaDebug(ReadOnlySpan<byte> line, int position, ReadOnlySpan<byte> key, ref ReplyWriter writer)
    {
        int flagsAt = position;
        bool isBinary = LineTokens.NextToken(line, ref position, out int start) && line[start] == 'b';
        if (isBinary)
        {
            MetaRequest request = new(line[..position], flagsAt, key, _store.Clock, _now);
            if (!request.TryParse(out ReadOnlySpan<byte> mistake))
            {
                writer.WriteShort(mistake);
                return;
            }

            key = request.Key;
        }

        ulong hash = _store.HashOf(key);
        KvShard shard = _store.ShardOf(hash);
        lock (shard.Gate)
        {
            KvItem* item = shard.Find(key, (uint)hash, _now);
            if (item == null)
            {
                writer.WriteShort("EN\r\n"u8);
                return;
            }

            writer.WriteShort("ME "u8);
            writer.WriteKey(KvItem.Key(item), (item->State & ItemState.KeyIsBinary) != 0);
            writer.WriteShort(item->ExpiresAt == NeverExpires ? " exp=-1"u8 : " exp="u8);
            if (item->ExpiresAt != NeverExpires)
            {
                writer.WriteNumber(RemainingSeconds(item));
            }

            writer.WriteShort(" la="u8);
            writer.WriteNumber(_now - item->UsedAt);
            writer.WriteShort(" cas="u8);
            writer.WriteNumber(item->Cas);
            writer.WriteShort((item->State & ItemState.Fetched) != 0 ? " fetch=yes cls="u8 : " fetch=no cls="u8);
            writer.WriteNumber(item->SizeClass);
            writer.WriteShort(" size="u8);
            writer.WriteNumber((ulong)KvItem.UsedBytes(item));
            writer.WriteShort(Replies.LineEnd);
        }
    }
}
