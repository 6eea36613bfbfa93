using System.CommandLine;
using System.Net;
using FlexSc.Benchmarks.Load;
using FlexSc.Benchmarks.Load.Kv;

namespace FlexSc.Benchmarks.Commands;

/// <summary>The command that <see cref="KvGenerator"/> starts this program with; not meant for hands, so hidden.</summary>
internal static class KvGeneratorCommand
{
    public static Command Create()
    {
        Option<IPEndPoint> server = new("--server")
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
        Option<int> connections = new("--connections") { Required = true };
        Option<int> depth = new("--depth") { Required = true };
        Option<int> keys = new("--keys") { Required = true };
        Option<int> valueBytes = new("--value-bytes") { Required = true };
        Option<int> getsPerSet = new("--gets-per-set") { Required = true };
        Option<ulong> seed = new("--seed") { Required = true };
        Option<int> settleMs = new("--settle-ms") { Required = true };
        Option<int> durationMs = new("--duration-ms") { Required = true };
        Command command = new(KvGenerator.CommandName, "The key-value load as a process of its own.")
        {
            server, connections, depth, keys, valueBytes, getsPerSet, seed, settleMs, durationMs,
        };
        command.Hidden = true;
        command.SetAction(result => KvGeneratorProgram.Run(
            result.GetRequiredValue(server),
            new LoadShape(result.GetValue(connections), result.GetValue(depth)),
            new KvLoadOptions(result.GetValue(keys), result.GetValue(valueBytes), result.GetValue(getsPerSet), result.GetValue(seed)),
            TimeSpan.FromMilliseconds(result.GetValue(settleMs)),
            TimeSpan.FromMilliseconds(result.GetValue(durationMs))));
        return command;
    }
}
