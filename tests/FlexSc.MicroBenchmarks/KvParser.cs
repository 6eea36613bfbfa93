using System.Buffers;
using System.Text;
using BenchmarkDotNet.Attributes;
using FlexSc.Examples.KvServer.Protocol;
using FlexSc.Examples.KvServer.Store;

namespace FlexSc.MicroBenchmarks;

/// <summary>The KV example's session with its store: a command parsed, obeyed and answered, without a socket.</summary>
public class KvParser
{
    private const int Pipelined = 16;
    private const long Unlimited = long.MaxValue;
    private static readonly byte[] Get = Encoding.ASCII.GetBytes("get key:0000012345\r\n");
    private static readonly byte[] Set = Encoding.ASCII.GetBytes($"set key:0000012345 0 0 32\r\n{new string('v', 32)}\r\n");
    private static readonly byte[] MetaGet = Encoding.ASCII.GetBytes("mg key:0000012345 v f c\r\n");
    private static readonly byte[] MetaSet = Encoding.ASCII.GetBytes($"ms key:0000012345 32 T0 F0\r\n{new string('v', 32)}\r\n");
    private static readonly byte[] Gets = [.. Enumerable.Repeat(Get, Pipelined).SelectMany(get => get)];

    private readonly ArrayBufferWriter<byte> _output = new(64 * 1024);
    private KvStore _store = null!;
    private KvSession _session = null!;

    /// <summary>A store with the one key.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _store = new KvStore(shardCount: 1, limitBytes: 64 * 1024 * 1024, arrivingPercent: 50, maxItemBytes: 1024 * 1024, new KvClock(TimeProvider.System));
        _session = new KvSession(_store, new NoStatistics(), new SessionLimits());
        Receive(Set);
    }

    /// <summary>A get that finds its key.</summary>
    [Benchmark]
    public int GetHit() => Receive(Get);

    /// <summary>A set that replaces the value.</summary>
    [Benchmark]
    public int SetReplace() => Receive(Set);

    /// <summary>The same by mg, with flags and unique.</summary>
    [Benchmark]
    public int MetaGetHit() => Receive(MetaGet);

    /// <summary>The same by ms.</summary>
    [Benchmark]
    public int MetaSetReplace() => Receive(MetaSet);

    /// <summary>Gets that arrive together; one operation is one of them.</summary>
    [Benchmark(OperationsPerInvoke = Pipelined)]
    public int GetHitPipelined() => Receive(Gets);

    /// <summary>Gives the memory back.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        _session.Release();
        _store.Dispose();
    }

    private int Receive(byte[] input)
    {
        _output.ResetWrittenCount();
        _session.Receive(input, _output, Unlimited);
        return _output.WrittenCount > 0 ? _output.WrittenCount : throw new InvalidOperationException("no reply");
    }

    private sealed class NoStatistics : IStatisticsSource
    {
        public ReadOnlySpan<byte> Version => "0"u8;

        public bool TryWrite(ReadOnlySpan<byte> group, KvSession asking, ref ReplyWriter writer) => false;

        public void Reset()
        {
        }
    }
}
