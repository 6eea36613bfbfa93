using System.CommandLine;
using FlexSc.Benchmarks.Load.Kv;
using FlexSc.Benchmarks.Parts;
using FlexSc.Benchmarks.Run;
using FlexSc.Measuring.Commands;
using FlexSc.Measuring.Counters;

namespace FlexSc.Benchmarks.Commands;

/// <summary>One command for each subject, and one for all of them.</summary>
internal static class MeasuringCommands
{
    private const int MaxConnections = 18_000;
    private const int MaxIdleConnections = 150_000;
    private const int MaxDepth = 64;
    private const double MaxIdleSeconds = 30;

    public static IEnumerable<Command> Create() =>
    [
        Http(), DropIn(), Files(), KeyValue(), Connections(), Idle(), All(),
        Simple("echo", "The matrix of Akka.NET's TcpOperationsBenchmarks by the same actors on Akka.IO and on FlexSC.", (options, _) => [new EchoPart(options)]),
        Simple("udp", "Echo of 64 B datagrams on Akka.IO and on FlexSC.", (options, _) => [new UdpPart(options)]),
        Simple("stream", "1 MiB at a time over TCP and Unix sockets, on Akka.IO, on FlexSC and on .NET's sockets.", (options, _) => [new StreamPart(options)]),
        Simple("file-reads", "Reads of a cached file by actors, by .NET, by Akka.Streams and by fio.", (options, _) => [new FileReadsPart(options)]),
        Simple("cores", "HTTP with server and generator on both cores together, and one loop against two.", (options, traps) => [new HttpGroups(options, traps, HttpChoice.Full).SharedPart()]),
        Simple("tls", "HTTPS over kept connections and a handshake for each request, against Kestrel.", TlsGroups.Parts),
        Simple("batch", "What a call costs in a batch against the trap, and messages by dispatcher.", (options, _) => [new BatchPart(options), new PingPongPart(options)]),
    ];

    private static Command Http()
    {
        CommonOptions common = new();
        Option<int[]?> connections = NumberOption.List("--connections", "Connections of the loads without pipelining; default 16,128,512, quick 128.", 1, MaxConnections);
        Option<int?> depth = NumberOption.Whole("--pipeline", "Requests in one write of the pipelined load; 1 leaves it out. Default 16, quick 1.", 1, MaxDepth);
        Command command = new("http", "The HTTP service and its peers: /plaintext under wrk, at a fixed pace, and under a rising load.") { connections, depth };
        common.AddTo(command);
        command.SetAction(result => common.Run(result, command.Name, (options, traps) =>
        {
            HttpChoice usual = options.Quick ? HttpChoice.Quick : HttpChoice.Full;
            HttpGroups groups = new(options, traps, new HttpChoice(result.ListOf(connections) ?? usual.Connections, result.GetValue(depth) ?? usual.PipelineDepth, null));
            return options.Quick
                ? [groups.MainPart(), groups.FixedRatePart()]
                : [groups.MainPart(), groups.FixedRatePart(), groups.OfferedPart(), new ApacheBenchPart(options), new InstructionsPart(options)];
        }));
        return command;
    }

    private static Command DropIn()
    {
        CommonOptions common = new();
        Option<int[]?> connections = NumberOption.List("--connections", "Connections; default 1,4,16,64,128,512, quick 4.", 1, MaxConnections);
        Command command = new("dropin", "A program that knows only Akka.IO, as it is and switched to FlexSC by configuration alone.") { connections };
        common.AddTo(command);
        command.SetAction(result => common.Run(result, command.Name, (options, traps) =>
            [DropInGroup.Part(options, traps, result.ListOf(connections) ?? (options.Quick ? DropInGroup.QuickConnections : DropInGroup.AllConnections))]));
        return command;
    }

    private static Command KeyValue()
    {
        CommonOptions common = new();
        Option<int[]?> connections = NumberOption.List("--connections", "Connections; default 50.", 1, KvLimits.MaxConnections);
        Option<int[]?> depths = NumberOption.List("--depths", "Commands a connection has under way; default 1,16.", 1, KvLimits.MaxDepth);
        Option<int?> keys = NumberOption.Whole("--keys", "Keys, all set before the first load; default 10000.", 1, KvLimits.MaxKeys);
        Option<int?> valueBytes = NumberOption.Whole("--value-bytes", "Length of a value; default 32.", 1, KvLimits.MaxValueBytes);
        Option<int?> getsPerSet = NumberOption.Whole("--gets-per-set", "Gets for each set; default 9.", 0, KvLimits.MaxGetsPerSet);
        Command command = new("kv", "The key-value service and its peers, and its throughput over concurrency.") { connections, depths, keys, valueBytes, getsPerSet };
        common.AddTo(command);
        command.SetAction(result => common.Run(result, command.Name, (options, traps) =>
        {
            KvChoice usual = KvChoice.Full;
            KvLoadOptions load = usual.Load with
            {
                Keys = result.GetValue(keys) ?? usual.Load.Keys,
                ValueBytes = result.GetValue(valueBytes) ?? usual.Load.ValueBytes,
                GetsPerSet = result.GetValue(getsPerSet) ?? usual.Load.GetsPerSet,
            };
            KvGroups groups = new(options, traps, new KvChoice(result.ListOf(connections) ?? usual.Connections, result.ListOf(depths) ?? usual.Depths, load, null));
            return options.Quick ? [groups.MainPart()] : [groups.MainPart(), groups.ConcurrencyPart(allCores: false), groups.ConcurrencyPart(allCores: true)];
        }));
        return command;
    }

    private static Command Files() => Simple("files", "A static file of 4 KiB on the HTTP service and on nginx.", (options, traps) =>
    {
        FileParts files = new(options, traps, few: false);
        return [files.MainPart(), files.FreshnessPart(), new FioPart(options)];
    });

    private static Command Connections()
    {
        CommonOptions common = new();
        Option<int?> count = NumberOption.Whole("--connections", "Open connections, as many as RLIMIT_NOFILE allows; default 10000, quick 1000.", 100, MaxIdleConnections);
        Command command = new("connections", "The HTTP service with many connections of which one in a hundred is active.") { count };
        common.AddTo(command);
        command.SetAction(result => common.Run(result, command.Name, (options, _) =>
            [new ConnectionsPart(options, result.GetValue(count) ?? (options.Quick ? ConnectionsPart.QuickConnections : ConnectionsPart.DefaultConnections))]));
        return command;
    }

    private static Command Idle()
    {
        const string http = "http";
        CommonOptions common = new();
        Option<string> service = new("--service") { Description = "Which service.", DefaultValueFactory = _ => http };
        service.AcceptOnlyFromAmong(http, "kv");
        Option<int?> connections = NumberOption.Whole("--connections", "Open connections; default 1000.", 1, MaxConnections);
        Option<double?> window = NumberOption.Decimal("--window-seconds", "Measured silence; default 5, quick 1.", 0.5, MaxIdleSeconds);
        Option<double?> settle = NumberOption.Decimal("--settle-seconds", "Silence before it; default 3, quick 1.", 0, 10);
        Command command = new("idle", "Servers whose open connections are silent.") { service, connections, window, settle };
        common.AddTo(command);
        command.SetAction(result => common.Run(result, command.Name, (options, _) =>
        {
            IdleChoice usual = options.Quick ? IdleChoice.Quick : IdleChoice.Full;
            return
            [
                new IdlePart(options, new IdleChoice(
                    result.GetValue(service) == http,
                    result.GetValue(connections) ?? usual.Connections,
                    result.GetValue(settle) ?? usual.SettleSeconds,
                    result.GetValue(window) ?? usual.WindowSeconds)),
            ];
        }));
        return command;
    }

    private static Command All()
    {
        CommonOptions common = new();
        Option<bool> writeDocs = new("--write-docs") { Description = "Write docs/evaluation.md and its charts from this run." };
        Command command = new("all", "Everything: about half an hour, with --quick about a minute.") { writeDocs };
        common.AddTo(command);
        command.SetAction(result => common.Run(
            result,
            command.Name,
            AllParts,
            report =>
            {
                if (result.GetValue(writeDocs))
                {
                    ReportCommand.WriteDocs(report);
                }
            }));
        return command;
    }

    private static IReadOnlyList<IPart> AllParts(RunOptions options, ITrapCounter traps)
    {
        HttpGroups http = new(options, traps, options.Quick ? HttpChoice.QuickOfAll : HttpChoice.Full);
        KvGroups kv = new(options, traps, options.Quick ? KvChoice.QuickOfAll : KvChoice.Full);
        FileParts files = new(options, traps, few: options.Quick);
        IPart connections = new ConnectionsPart(options, options.Quick ? ConnectionsPart.QuickConnections : ConnectionsPart.DefaultConnections);
        return options.Quick
            ?
            [
                http.MainPart(), files.MainPart(), kv.MainPart(), new EchoPart(options), connections,
                new IdlePart(options, IdleChoice.Quick), new BatchPart(options),
            ]
            :
            [
                http.MainPart(), http.FixedRatePart(), http.OfferedPart(), http.SharedPart(), DropInGroup.Part(options, traps, DropInGroup.AllConnections), files.MainPart(), files.FreshnessPart(), new FioPart(options),
                kv.MainPart(), kv.ConcurrencyPart(allCores: false), kv.ConcurrencyPart(allCores: true), new EchoPart(options), connections,
                new IdlePart(options, IdleChoice.Full), new BatchPart(options), new PingPongPart(options), new ApacheBenchPart(options), new InstructionsPart(options),
                .. TlsGroups.Parts(options, traps), new UdpPart(options), new StreamPart(options), new FileReadsPart(options),
            ];
    }

    private static Command Simple(string name, string description, Func<RunOptions, ITrapCounter, IReadOnlyList<IPart>> parts)
    {
        CommonOptions common = new();
        Command command = new(name, description);
        common.AddTo(command);
        command.SetAction(result => common.Run(result, name, parts));
        return command;
    }
}
