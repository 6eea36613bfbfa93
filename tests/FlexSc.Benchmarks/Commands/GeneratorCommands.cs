using System.CommandLine;
using System.Net;
using FlexSc.Benchmarks.Load;
using FlexSc.Benchmarks.Load.Http;
using FlexSc.Benchmarks.Load.Kv;
using FlexSc.Measuring.Load;

namespace FlexSc.Benchmarks.Commands;

/// <summary>The commands by which this program starts itself as a generator; not meant for hands, so hidden.</summary>
internal static class GeneratorCommands
{
    public static Command CreateKv()
    {
        Common common = new();
        Option<int> depth = new("--depth") { Required = true };
        Option<int> keys = new("--keys") { Required = true };
        Option<int> valueBytes = new("--value-bytes") { Required = true };
        Option<int> getsPerSet = new("--gets-per-set") { Required = true };
        Option<ulong> seed = new("--seed") { Required = true };
        Option<KvProtocol> protocol = new("--protocol") { Required = true };
        Option<int> settleMs = new("--settle-ms") { Required = true };
        Command command = new(KvGenerator.CommandName, "The key-value load as a process of its own.")
        {
            depth, keys, valueBytes, getsPerSet, seed, protocol, settleMs,
        };
        common.AddTo(command);
        command.SetAction(result => GeneratorProcess.RunAndPrint(stop =>
        {
            using LiveCount count = LiveCount.Open(result.GetRequiredValue(common.CountFile));
            KvWorkload workload = new(result.GetValue(keys), result.GetValue(valueBytes), result.GetValue(protocol));
            KvMix mix = new(result.GetValue(keys), result.GetValue(getsPerSet), result.GetValue(seed));
            LoadShape shape = new(result.GetValue(common.Connections), result.GetValue(depth));
            using KvLoadLoop loop = new(workload, mix, result.GetRequiredValue(common.Server), shape, count);
            return loop.Run(TimeSpan.FromMilliseconds(result.GetValue(settleMs)), common.Duration(result), stop);
        }));
        return command;
    }

    public static Command CreateHttp()
    {
        Common common = new();
        Option<string> path = new("--path") { Required = true };
        Option<int> offered = new("--offered") { Required = true };
        Option<int> intervalMs = new("--interval-ms") { Required = true };
        Command command = new(OpenLoopGenerator.CommandName, "HTTP load at a fixed pace as a process of its own.") { path, offered, intervalMs };
        common.AddTo(command);
        command.SetAction(result => GeneratorProcess.RunAndPrint(stop =>
        {
            using LiveCount count = LiveCount.Open(result.GetRequiredValue(common.CountFile));
            PacedIntervals? intervals = null;
            if (result.GetValue(intervalMs) is > 0 and int length)
            {
                // The first spans are looked at as well: they are not to show how this program begins.
                PacedRehearsal.Run(result.GetValue(offered));
                intervals = new PacedIntervals(TimeSpan.FromMilliseconds(length), common.Duration(result));
            }

            using PacedLoop loop = new(
                result.GetRequiredValue(common.Server), result.GetRequiredValue(path), result.GetValue(common.Connections),
                result.GetValue(offered), count, intervals);
            return loop.Run(common.Duration(result), stop);
        }));
        return command;
    }

    private sealed class Common
    {
        private readonly Option<int> _durationMs = new("--duration-ms") { Required = true };

        public Option<IPEndPoint> Server { get; } = new("--server")
        {
            Required = true,
            CustomParser = result =>
            {
                if (IPEndPoint.TryParse(result.Tokens[0].Value, out IPEndPoint? endPoint))
                {
                    return endPoint;
                }

                result.AddError($"--server: '{result.Tokens[0].Value}' is no address with a port");
                return null;
            },
        };

        public Option<int> Connections { get; } = new("--connections") { Required = true };

        public Option<string> CountFile { get; } = new("--count-file") { Required = true };

        public void AddTo(Command command)
        {
            foreach (Option option in (Option[])[Server, Connections, CountFile, _durationMs])
            {
                command.Options.Add(option);
            }

            command.Hidden = true;
        }

        public TimeSpan Duration(ParseResult result) => TimeSpan.FromMilliseconds(result.GetValue(_durationMs));
    }
}
