using System.CommandLine;
using FlexSc.Benchmarks.Load;
using FlexSc.Benchmarks.Load.Kv;
using FlexSc.Benchmarks.Run;

namespace FlexSc.Benchmarks.Commands;

/// <summary>The kv command: examples/KvServer under this program's own generator.</summary>
internal static class KvCommand
{
    private const string Name = "kv";
    private const int DefaultConnections = 50;
    private const ulong Seed = 20101004;

    private static readonly int[] DefaultDepths = [1, 16];

    public static Command Create()
    {
        ComparisonOptions options = new();
        Option<int[]?> connections = NumberOption.List("--connections", "Connections; default 50.", 1, KvLimits.MaxConnections);
        Option<int[]?> depths = NumberOption.List("--depths", "Commands a connection has under way; default 1,16.", 1, KvLimits.MaxDepth);
        Option<int?> keys = NumberOption.Whole("--keys", "Keys, all set before the first load; default 10000.", 1, KvLimits.MaxKeys);
        Option<int?> valueBytes = NumberOption.Whole("--value-bytes", "Length of a value; default 32.", 1, KvLimits.MaxValueBytes);
        Option<int?> getsPerSet = NumberOption.Whole("--gets-per-set", "Gets for each set; default 9.", 0, KvLimits.MaxGetsPerSet);
        Command command = new(Name, "Compares the key-value service on Akka.IO and on FlexSC.") { connections, depths, keys, valueBytes, getsPerSet };
        options.AddTo(command);
        command.SetAction(result =>
        {
            int[] counts = result.ListOf(connections) ?? [DefaultConnections];
            int[] depthList = result.ListOf(depths) ?? DefaultDepths;
            KvLoadOptions load = new(
                result.GetValue(keys) ?? KvLimits.DefaultKeys,
                result.GetValue(valueBytes) ?? KvLimits.DefaultValueBytes,
                result.GetValue(getsPerSet) ?? KvLimits.DefaultGetsPerSet,
                Seed);
            RunOptions runOptions = options.ToRunOptions(result);
            return new Comparison(
                Name,
                FormattableString.Invariant($"memcached protocol, {load.GetsPerSet} gets per set, {load.ValueBytes} B values, {load.Keys} keys"),
                "KvServer",
                runOptions,
                [.. depthList.SelectMany(depth => counts.Select(count => new LoadShape(count, depth)))],
                load,
                options.Quick(result),
                options.Common.Build(result),
                options.Common.AllowMissing(result),
                options.Common.JsonFile(result, Name),
                () => new KvGenerator(runOptions.GeneratorCore, load),
                _ => []).Execute();
        });
        return command;
    }
}
