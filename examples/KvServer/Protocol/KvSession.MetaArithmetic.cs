using FlexSc.Examples.KvServer.Store;

namespace FlexSc.Examples.KvServer.Protocol;

/// <content>ma.</content>
internal sealed unsafe partial class KvSession
{
    private void MetaArithmetic(in MetaRequest request, ref ReplyWriter writer)
    {
        if (request.Mode is not (0 or (byte)'I' or (byte)'+' or (byte)'D' or (byte)'-'))
        {
            writer.WriteShort(Replies.BadArithmeticMode);
            return;
        }

        ulong hash = _store.HashOf(request.Key);
        KvShard shard = _store.ShardOf(hash);
        bool increments = request.Mode is not ((byte)'D' or (byte)'-');
        ArithmeticRequest arithmetic = new(increments, request.Delta) { Cas = request.Cas, NewCas = request.NewCas };
        ArithmeticOutcome outcome;
        lock (shard.Gate)
        {
            outcome = shard.Arithmetic(arithmetic, request.Key, (uint)hash, _now, out KvItem* item, out ulong number);
            bool isCreated = outcome == ArithmeticOutcome.NotFound && request.Has('N');
            if (isCreated)
            {
                StoreRequest created = new(StoreMode.Add, 0, NeverExpires, 0) { NewCas = request.NewCas, Options = request.KeyOptions };
                number = request.Initial;
                item = shard.Create(request.Key, (uint)hash, created, number, _now);
                outcome = item == null ? ArithmeticOutcome.OutOfMemory : ArithmeticOutcome.Changed;
            }

            if (outcome == ArithmeticOutcome.Changed)
            {
                WriteNumber(request, item, number, isCreated, ref writer);
                return;
            }
        }

        WriteArithmeticFailure(request, outcome, ref writer);
    }

    private void WriteNumber(in MetaRequest request, KvItem* item, ulong number, bool isCreated, ref ReplyWriter writer)
    {
        // A new item is news even to a client that wants none.
        bool isQuiet = request.Has('q') && !isCreated;
        if (!isQuiet)
        {
            WriteHead(request, DigitsOf(number), ref writer);
        }

        int position = 0;
        while (LineTokens.NextToken(request.Flags, ref position, out int start))
        {
            ReadOnlySpan<byte> word = request.Flags[start..position];
            if (word[0] is (byte)'T' or (byte)'N')
            {
                Apply(word[0], request, item, isCreated);
            }
            else if (!isQuiet && !(word[0] is (byte)'t' or (byte)'c' && TryWriteOfItem(word[0], item, ref writer)))
            {
                WriteEcho(word, request.Key, request.Has('b'), ref writer);
            }
        }

        if (isQuiet)
        {
            return;
        }

        writer.WriteShort(Replies.LineEnd);
        if (request.Has('v'))
        {
            writer.WriteNumber(number);
            writer.WriteShort(Replies.LineEnd);
        }
    }

    private static int DigitsOf(ulong number)
    {
        int digits = 1;
        for (; number >= 10; number /= 10)
        {
            digits++;
        }

        return digits;
    }

    private static void WriteArithmeticFailure(in MetaRequest request, ArithmeticOutcome outcome, ref ReplyWriter writer)
    {
        if (outcome is ArithmeticOutcome.NotNumeric or ArithmeticOutcome.OutOfMemory)
        {
            writer.WriteShort(outcome == ArithmeticOutcome.NotNumeric ? Replies.NotNumeric : Replies.MetaOutOfMemory);
            return;
        }

        writer.WriteShort(outcome == ArithmeticOutcome.NotFound ? "NF"u8 : "EX"u8);
        WriteEchoes(request, ref writer);
        writer.WriteShort(Replies.LineEnd);
    }
}
