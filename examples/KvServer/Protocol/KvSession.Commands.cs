using FlexSc.Examples.KvServer.Store;

namespace FlexSc.Examples.KvServer.Protocol;

/// <content>Command lines: which command, and those that a line alone makes up.</content>
internal sealed unsafe partial class KvSession
{
    // memcached accepts flush_all's and verbosity's surplus words up to these counts.
    private const int MaxFlushTokens = 3;
    private const int MaxVerbosityTokens = 3;

    /// <param name="input">Starts with the line; for a set, the value may follow.</param>
    /// <param name="lineEnd">Length of the line without its end.</param>
    /// <param name="next">Where the bytes behind the line begin.</param>
    /// <param name="writer">Takes the reply.</param>
    /// <param name="allowanceBytes">See <see cref="Receive"/>.</param>
    /// <returns>The bytes consumed.</returns>
    private int Execute(ReadOnlySpan<byte> input, int lineEnd, int next, ref ReplyWriter writer, long allowanceBytes)
    {
        ReadOnlySpan<byte> line = input[..lineEnd];
        int position = 0;
        if (LineTokens.NextToken(line, ref position, out int start) && line[start] == 'g'
            && TryBeginGet(line, line[start..position], ref position, ref writer))
        {
            return _phase == Phase.Keys ? position + ProcessKeys(input[position..], ref writer, allowanceBytes) : next;
        }

        if (position - start == MetaNameBytes && line[start] == 'm' && IsMeta(line[start + 1]))
        {
            return next + ExecuteMeta(line[start + 1], line, position, input[next..], ref writer);
        }

        LineTokens tokens = new(line);
        ReadOnlySpan<byte> command = tokens.Count > 0 ? tokens[0] : default;
        if (TryStoreMode(command, out StoreMode mode))
        {
            return next + BeginStore(mode, tokens, input[next..], ref writer);
        }

        ExecuteLine(command, tokens, ref writer);
        return next;
    }

    private static bool TryStoreMode(ReadOnlySpan<byte> command, out StoreMode mode)
    {
        StoreMode? found = command switch
        {
            _ when command.SequenceEqual("set"u8) => StoreMode.Set,
            _ when command.SequenceEqual("add"u8) => StoreMode.Add,
            _ when command.SequenceEqual("cas"u8) => StoreMode.Cas,
            _ when command.SequenceEqual("replace"u8) => StoreMode.Replace,
            _ when command.SequenceEqual("append"u8) => StoreMode.Append,
            _ when command.SequenceEqual("prepend"u8) => StoreMode.Prepend,
            _ => null,
        };
        mode = found.GetValueOrDefault();
        return found.HasValue;
    }

    private void ExecuteLine(ReadOnlySpan<byte> command, in LineTokens tokens, ref ReplyWriter writer)
    {
        if (command.SequenceEqual("delete"u8))
        {
            Delete(tokens, ref writer);
        }
        else if (command.SequenceEqual("incr"u8) || command.SequenceEqual("decr"u8))
        {
            Arithmetic(command[0] == 'i', tokens, ref writer);
        }
        else if (command.SequenceEqual("touch"u8))
        {
            Touch(tokens, ref writer);
        }
        else if (command.SequenceEqual("flush_all"u8))
        {
            FlushAll(tokens, ref writer);
        }
        else if (command.SequenceEqual("stats"u8))
        {
            Stats(tokens, ref writer);
        }
        else if (command.SequenceEqual("version"u8))
        {
            writer.WriteShort("VERSION "u8);
            writer.WriteShort(_statistics.Version);
            writer.WriteShort(Replies.LineEnd);
        }
        else if (command.SequenceEqual("verbosity"u8))
        {
            Verbosity(tokens, ref writer);
        }
        else if (command.SequenceEqual("quit"u8) || IsHttp(tokens))
        {
            _phase = Phase.Closed;
        }
        else
        {
            writer.WriteShort(Replies.Error);
        }
    }

    // A browser made to post here must not have the lines of its request taken for commands.
    private static bool IsHttp(in LineTokens tokens) =>
        tokens.Count is > 0 and <= LineTokens.MaxTokens && tokens.Last.StartsWith("HTTP/"u8);

    private bool CheckKey(ReadOnlySpan<byte> key, ref ReplyWriter writer)
    {
        if (KeyRules.IsValid(key))
        {
            return true;
        }

        Reply(Replies.BadLine, ref writer);
        return false;
    }

    /// <param name="tokens">The line's words.</param>
    /// <param name="min">Fewest words, the command among them.</param>
    /// <param name="max">Most words.</param>
    /// <param name="writer">Takes the reply to any other number.</param>
    /// <param name="hasKey">Whether the second word is a key: a key may be called noreply, and asks for a reply.</param>
    private bool CheckCount(in LineTokens tokens, int min, int max, ref ReplyWriter writer, bool hasKey = true)
    {
        if (tokens.Count < min || tokens.Count > max)
        {
            writer.WriteShort(Replies.Error);
            return false;
        }

        int wordsBefore = hasKey ? KeyToken + 1 : 1;
        _noReply = tokens.Count > wordsBefore && tokens.Last.SequenceEqual("noreply"u8);
        return true;
    }

    private void Delete(in LineTokens tokens, ref ReplyWriter writer)
    {
        if (!CheckCount(tokens, 2, 4, ref writer))
        {
            return;
        }

        // Old clients send a hold time, which must be 0.
        bool holdIsZero = tokens.Count > 2 && tokens[2].SequenceEqual("0"u8);
        bool wellFormed = tokens.Count switch
        {
            2 => true,
            3 => holdIsZero || _noReply,
            _ => holdIsZero && _noReply,
        };
        if (!wellFormed)
        {
            Reply(Replies.BadDelete, ref writer);
            return;
        }

        if (!CheckKey(tokens[1], ref writer))
        {
            return;
        }

        ulong hash = _store.HashOf(tokens[1]);
        KvShard shard = _store.ShardOf(hash);
        bool deleted;
        lock (shard.Gate)
        {
            deleted = shard.Delete(tokens[1], (uint)hash, _now);
        }

        Reply(deleted ? Replies.Deleted : Replies.NotFound, ref writer);
    }

    private void Arithmetic(bool increment, in LineTokens tokens, ref ReplyWriter writer)
    {
        if (!CheckCount(tokens, 3, 4, ref writer) || !CheckKey(tokens[1], ref writer))
        {
            return;
        }

        if (!StoredNumber.TryParse(tokens[2], out ulong delta))
        {
            Reply(Replies.BadDelta, ref writer);
            return;
        }

        ulong hash = _store.HashOf(tokens[1]);
        KvShard shard = _store.ShardOf(hash);
        ArithmeticOutcome outcome;
        ulong result;
        lock (shard.Gate)
        {
            outcome = shard.Arithmetic(new ArithmeticRequest(increment, delta), tokens[1], (uint)hash, _now, out _, out result);
        }

        if (outcome != ArithmeticOutcome.Changed)
        {
            Reply(ReplyFor(outcome), ref writer);
        }
        else if (!_noReply)
        {
            writer.WriteNumber(result);
            writer.WriteShort(Replies.LineEnd);
        }
    }

    private static ReadOnlySpan<byte> ReplyFor(ArithmeticOutcome outcome) => outcome switch
    {
        ArithmeticOutcome.NotFound => Replies.NotFound,
        ArithmeticOutcome.NotNumeric => Replies.NotNumeric,
        _ => Replies.ArithmeticOutOfMemory,
    };

    private void Touch(in LineTokens tokens, ref ReplyWriter writer)
    {
        if (!CheckCount(tokens, 3, 4, ref writer) || !CheckKey(tokens[1], ref writer))
        {
            return;
        }

        if (!StoredNumber.TryParseSigned(tokens[2], out long expiry))
        {
            Reply(Replies.BadExpiry, ref writer);
            return;
        }

        ulong hash = _store.HashOf(tokens[1]);
        KvShard shard = _store.ShardOf(hash);
        bool touched;
        lock (shard.Gate)
        {
            touched = shard.Touch(tokens[1], (uint)hash, _store.Clock.ExpiryOf(expiry, _now), _now);
        }

        Reply(touched ? Replies.Touched : Replies.NotFound, ref writer);
    }

    private void FlushAll(in LineTokens tokens, ref ReplyWriter writer)
    {
        if (!CheckCount(tokens, 1, MaxFlushTokens, ref writer, hasKey: false))
        {
            return;
        }

        long delay = 0;
        bool hasDelay = tokens.Count > (_noReply ? 2 : 1);
        if (hasDelay && !StoredNumber.TryParseSigned(tokens[1], out delay))
        {
            Reply(Replies.BadExpiry, ref writer);
            return;
        }

        _store.Flush(delay > 0 ? _store.Clock.ExpiryOf(delay, _now) : 0);
        Reply(Replies.Ok, ref writer);
    }

    private void Verbosity(in LineTokens tokens, ref ReplyWriter writer)
    {
        if (!CheckCount(tokens, 2, MaxVerbosityTokens, ref writer, hasKey: false))
        {
            return;
        }

        // Accepted and without effect, as the protocol asks: what is logged is the operator's to set.
        bool valid = _noReply || StoredNumber.TryParse(tokens[1], out _);
        Reply(valid ? Replies.Ok : Replies.BadLine, ref writer);
    }

    private void Stats(in LineTokens tokens, ref ReplyWriter writer)
    {
        ReadOnlySpan<byte> group = tokens.Count > 1 ? tokens[1] : default;
        if (group.SequenceEqual("reset"u8))
        {
            _statistics.Reset();
            writer.WriteShort(Replies.Reset);
        }
        else if (!_statistics.TryWrite(group, this, ref writer))
        {
            writer.WriteShort(Replies.Error);
        }
    }
}
