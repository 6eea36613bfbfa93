using System.Buffers;
using System.Text;
using FlexSc.Examples.KvServer.Protocol;
using FlexSc.Examples.KvServer.Service;
using FlexSc.Examples.KvServer.Store;

namespace FlexSc.Examples.Tests.Kv;

/// <summary>One session on a store of its own, driven by strings.</summary>
internal sealed class SessionFixture : IDisposable
{
    public const long Unlimited = long.MaxValue;

    public SessionFixture(KvServerOptions? options = null, int shards = 1)
    {
        Options = options ?? new KvServerOptions();
        Store = new KvStore(shards, Options.MemoryLimitBytes, Options.MaxArrivingPercent, Options.MaxItemBytes, new KvClock(Time));
        Statistics = new KvStatistics(Options, Store, new KvCounters());
        Session = NewSession();
    }

    public ManualTimeProvider Time { get; } = new();

    public KvServerOptions Options { get; }

    public KvStore Store { get; }

    public KvStatistics Statistics { get; }

    public KvSession Session { get; }

    public SessionState State { get; private set; }

    public KvSession NewSession() => new(Store, Statistics, Options.SessionLimits);

    public string Send(string input, long allowanceBytes = Unlimited) => Send(Encoding.Latin1.GetBytes(input), allowanceBytes);

    public string Send(ReadOnlySpan<byte> input, long allowanceBytes = Unlimited)
    {
        ArrayBufferWriter<byte> output = new();
        State = Session.Receive(input, output, allowanceBytes);
        return Encoding.Latin1.GetString(output.WrittenSpan);
    }

    public string Resume(long allowanceBytes = Unlimited)
    {
        ArrayBufferWriter<byte> output = new();
        State = Session.Resume(output, allowanceBytes);
        return Encoding.Latin1.GetString(output.WrittenSpan);
    }

    /// <summary>Sends the input in pieces that end at the given positions.</summary>
    public string SendSplit(byte[] input, params int[] cuts)
    {
        StringBuilder replies = new();
        int start = 0;
        foreach (int cut in cuts.Append(input.Length))
        {
            replies.Append(Send(input.AsSpan(start, cut - start)));
            start = cut;
        }

        return replies.ToString();
    }

    public long Figure(string name)
    {
        string line = Send("stats\r\n").Split("\r\n").Single(text => text.StartsWith($"STAT {name} ", StringComparison.Ordinal));
        return long.Parse(line.Split(' ')[2], System.Globalization.CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        Session.Release();
        Store.Dispose();
    }
}
