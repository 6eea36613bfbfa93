using FlexSc.Examples.KvServer.Store;

namespace FlexSc.Examples.KvServer.Protocol;

/// <content>get, gets, gat and gats.</content>
internal sealed unsafe partial class KvSession
{
    private readonly record struct GetRequest(bool WithCas, bool Touches, uint ExpiresAt);

    /// <summary>A get whose keys follow in the input up to the end of the line.</summary>
    private struct GetProgress
    {
        public GetRequest Request;
        public bool HasKeys;

        /// <summary>Bytes of the line that are consumed.</summary>
        public int LineBytes;
    }

    /// <summary>Recognises the commands; moves the position behind the expiry time of those that have one.</summary>
    private bool TryBeginGet(ReadOnlySpan<byte> line, ReadOnlySpan<byte> command, ref int position, ref ReplyWriter writer)
    {
        if (!TryRecogniseGet(command, out GetRequest request))
        {
            return false;
        }

        int firstArgument = position;
        if (!LineTokens.NextToken(line, ref firstArgument, out int start))
        {
            writer.WriteShort(Replies.Error);
            return true;
        }

        if (request.Touches)
        {
            if (!TryParseExpiry(line[start..firstArgument], ref request))
            {
                writer.WriteShort(Replies.BadExpiry);
                return true;
            }

            position = firstArgument;
        }

        if (!AreKeysValid(line, position))
        {
            writer.WriteShort(Replies.BadLine);
            return true;
        }

        BeginKeys(request, position);
        return true;
    }

    /// <summary>
    /// As <see cref="TryBeginGet"/> for a line longer than others may be. Its keys are not looked at before they are
    /// answered, and it need not have come in full: it costs no memory but for the key at hand.
    /// </summary>
    /// <param name="head">As much of the line as other lines may have; more follows.</param>
    /// <param name="consumed">Length of the command, and of the expiry time of those that have one.</param>
    /// <param name="writer">Takes the reply.</param>
    private bool TryBeginLongGet(ReadOnlySpan<byte> head, out int consumed, ref ReplyWriter writer)
    {
        consumed = 0;
        LineTokens.NextToken(head, ref consumed, out int start);
        if (consumed == head.Length || !TryRecogniseGet(head[start..consumed], out GetRequest request))
        {
            return false;
        }

        bool refused = false;
        if (request.Touches)
        {
            LineTokens.NextToken(head, ref consumed, out start);
            if (consumed == head.Length)
            {
                return false;
            }

            refused = !TryParseExpiry(head[start..consumed], ref request);
        }

        BeginKeys(request, consumed);
        if (refused)
        {
            Refuse(Replies.BadExpiry, ref writer);
        }

        return true;
    }

    private static bool TryRecogniseGet(ReadOnlySpan<byte> command, out GetRequest request)
    {
        bool touches = command.SequenceEqual("gat"u8) || command.SequenceEqual("gats"u8);
        request = new GetRequest(WithCas: command.EndsWith("s"u8), touches, ExpiresAt: 0);
        return touches || command.SequenceEqual("get"u8) || command.SequenceEqual("gets"u8);
    }

    private bool TryParseExpiry(ReadOnlySpan<byte> text, ref GetRequest request)
    {
        if (!StoredNumber.TryParseSigned(text, out long expiry))
        {
            return false;
        }

        request = request with { ExpiresAt = _store.Clock.ExpiryOf(expiry, _now) };
        return true;
    }

    private void BeginKeys(in GetRequest request, int lineBytes)
    {
        _get = new GetProgress { Request = request, LineBytes = lineBytes };
        _phase = Phase.Keys;
    }

    // Before the first value is written: the reply to a line of common length is either values or an error.
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

    /// <summary>Answers the keys up to the end of the line, of what has arrived, or of the allowance.</summary>
    private int ProcessKeys(ReadOnlySpan<byte> input, ref ReplyWriter writer, long allowanceBytes)
    {
        ReadOnlySpan<byte> keys = RestOfLine(input, out bool isComplete);
        int position = 0;
        while (LineTokens.NextToken(keys, ref position, out int start))
        {
            if (!isComplete && position == keys.Length)
            {
                // More of this key may follow.
                position = start;
                break;
            }

            if (writer.WrittenBytes >= allowanceBytes)
            {
                IsPaused = true;
                return ConsumeOfLine(start);
            }

            if (!KeyRules.IsValid(keys[start..position]))
            {
                Refuse(Replies.BadLine, ref writer);
                return ConsumeOfLine(position);
            }

            AnswerKey(keys[start..position], ref writer);
            _get.HasKeys = true;
        }

        if (isComplete)
        {
            writer.WriteShort(_get.HasKeys || _get.Request.Touches ? Replies.End : Replies.Error);
            _phase = Phase.Line;
            return input.IndexOf((byte)'\n') + 1;
        }

        // A carriage return behind it may belong to the end of the line.
        if (keys.Length - position > KeyRules.MaxKeyBytes + 1)
        {
            Refuse(Replies.BadLine, ref writer);
        }
        else if (keys.Length < input.Length)
        {
            Close(Replies.LineTooLong, ref writer);
        }

        return ConsumeOfLine(position);
    }

    /// <summary>The input up to the end of the line without it, or as much as the line may have yet.</summary>
    private ReadOnlySpan<byte> RestOfLine(ReadOnlySpan<byte> input, out bool isComplete)
    {
        int allowedBytes = Math.Max(_limits.MaxGetLineBytes, _limits.MaxLineBytes) - _get.LineBytes;
        int newline = input.IndexOf((byte)'\n');
        isComplete = newline >= 0 && newline <= allowedBytes;
        if (!isComplete)
        {
            return input[..Math.Min(input.Length, allowedBytes)];
        }

        return newline > 0 && input[newline - 1] == '\r' ? input[..(newline - 1)] : input[..newline];
    }

    private int ConsumeOfLine(int bytes)
    {
        _get.LineBytes += bytes;
        return bytes;
    }

    // Values may have been written already: the error stands in the place of END.
    private void Refuse(ReadOnlySpan<byte> reason, ref ReplyWriter writer)
    {
        writer.WriteShort(reason);
        _phase = Phase.SkipLine;
    }

    private int SkipLine(ReadOnlySpan<byte> input, ref ReplyWriter writer)
    {
        ReadOnlySpan<byte> rest = RestOfLine(input, out bool isComplete);
        if (isComplete)
        {
            _phase = Phase.Line;
            return input.IndexOf((byte)'\n') + 1;
        }

        if (rest.Length < input.Length)
        {
            Close(Replies.LineTooLong, ref writer);
        }

        return ConsumeOfLine(rest.Length);
    }

    private void AnswerKey(ReadOnlySpan<byte> key, ref ReplyWriter writer)
    {
        ulong hash = _store.HashOf(key);
        KvShard shard = _store.ShardOf(hash);
        lock (shard.Gate)
        {
            KvItem* item = _get.Request.Touches
                ? shard.GetAndTouch(key, (uint)hash, _get.Request.ExpiresAt, _now)
                : shard.Get(key, (uint)hash, _now);
            if (item != null)
            {
                writer.WriteValueLine(key, item->Flags, item->ValueLength, _get.Request.WithCas ? item->Cas : null);
                writer.WriteLong(KvItem.ValueAndTerminator(item));
            }
        }
    }
}
