using FlexSc.Examples.KvServer.Store;

namespace FlexSc.Examples.KvServer.Protocol;

/// <content>get, gets, gat and gats.</content>
internal sealed unsafe partial class KvSession
{
    /// <summary>A get whose keys follow in the input up to the end of the line.</summary>
    private readonly record struct GetRequest(bool WithCas, bool Touches, uint ExpiresAt);

    /// <summary>Recognises the commands; moves the position behind the expiry time of those that have one.</summary>
    private bool TryBeginGet(ReadOnlySpan<byte> line, ReadOnlySpan<byte> command, ref int position, ref ReplyWriter writer)
    {
        bool plain = command.SequenceEqual("get"u8) || command.SequenceEqual("gets"u8);
        bool touching = command.SequenceEqual("gat"u8) || command.SequenceEqual("gats"u8);
        if (!plain && !touching)
        {
            return false;
        }

        int firstArgument = position;
        if (!LineTokens.NextToken(line, ref firstArgument, out int start))
        {
            writer.WriteShort(Replies.Error);
            return true;
        }

        uint expiresAt = 0;
        if (touching)
        {
            if (!StoredNumber.TryParseSigned(line[start..firstArgument], out long expiry))
            {
                writer.WriteShort(Replies.BadExpiry);
                return true;
            }

            expiresAt = _store.Clock.ExpiryOf(expiry, _now);
            position = firstArgument;
        }

        if (!AreKeysValid(line, position))
        {
            writer.WriteShort(Replies.BadLine);
            return true;
        }

        _get = new GetRequest(WithCas: command[^1] == 's', touching, expiresAt);
        _phase = Phase.Keys;
        return true;
    }

    // Before the first value is written: a reply is either values or an error.
    private static bool AreKeysValid(ReadOnlySpan<byte> line, int position)
    {
        while (LineTokens.NextToken(line, ref position, out int start))
        {
            if (!KeyRules.IsValid(line[start..position]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Answers the keys up to the end of the line, or until the allowance is used up.</summary>
    private int ProcessKeys(ReadOnlySpan<byte> input, ref ReplyWriter writer, long allowanceBytes)
    {
        int next = input.IndexOf((byte)'\n') + 1;
        ReadOnlySpan<byte> line = input[..(next - 1)];
        line = line.TrimEnd((byte)'\r');
        int position = 0;
        while (LineTokens.NextToken(line, ref position, out int start))
        {
            if (writer.WrittenBytes >= allowanceBytes)
            {
                IsPaused = true;
                return start;
            }

            AnswerKey(line[start..position], ref writer);
        }

        writer.WriteShort(Replies.End);
        _phase = Phase.Line;
        return next;
    }

    private void AnswerKey(ReadOnlySpan<byte> key, ref ReplyWriter writer)
    {
        ulong hash = _store.HashOf(key);
        KvShard shard = _store.ShardOf(hash);
        lock (shard.Gate)
        {
            KvItem* item = _get.Touches
                ? shard.GetAndTouch(key, (uint)hash, _get.ExpiresAt, _now)
                : shard.Get(key, (uint)hash, _now);
            if (item != null)
            {
                writer.WriteValueLine(key, item->Flags, item->ValueLength, _get.WithCas ? item->Cas : null);
                writer.WriteLong(KvItem.ValueAndTerminator(item));
            }
        }
    }
}
