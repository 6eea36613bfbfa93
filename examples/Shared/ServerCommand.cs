using System.CommandLine;
using System.Globalization;
using FlexSc.Interop.Capabilities;

namespace FlexSc.Examples.Shared;

/// <summary>What a server lets its operator choose beside what every server does.</summary>
[Flags]
internal enum ServerChoices
{
    None = 0,

    /// <summary>To listen on a Unix socket.</summary>
    UnixSocket = 1,

    /// <summary>Stock Akka.IO in place of FlexSC.</summary>
    StockIo = 2,

    /// <summary>What a connection's actor receives.</summary>
    Messages = 4,

    /// <summary>How long the server may warm itself up before it listens.</summary>
    WarmUp = 8,
}

/// <summary>The options of a server's command that every server has, and how they exclude each other.</summary>
/// <param name="defaults">The server's settings where no option is given.</param>
/// <param name="choices">What else can be chosen.</param>
internal sealed class ServerCommand(ServerOptions defaults, ServerChoices choices)
{
    private readonly Option<int> _port = OptionKinds.Number("--port", "Port to listen on; 0 lets the kernel pick one.", defaults.Port, 0, 65535);
    private readonly Option<int> _loops = OptionKinds.NumberOrAuto(
        "--loops", "Number of FlexSC loops, each a thread; auto is one for each core that the process can keep busy, by mask and quota.",
        defaults.Loops, 1, 1024, static () => CpuAllowance.Read().FullCores);

    private readonly Option<int[]> _cpus = OptionKinds.Cores("--cpus", "Cores for the loops, as 0,2 or 0-3; by default those the process may use, in order.");

    private readonly Option<string> _pin = OptionKinds.Choice(
        "--pin", "Whether each loop stays on a core: off where the cores are shared with other busy programs.", "on", "off");

    private readonly Option<string> _backend = OptionKinds.Choice(
        "--backend", "Who executes system calls.", "auto", "io-uring", "syscall-threads", "kernel-module");

    private readonly Option<int> _syscallThreads = OptionKinds.Number(
        "--syscall-threads",
        "Threads beside each loop: with --backend syscall-threads 0 has the loop make the calls itself, with kernel-module it is as 1.",
        defaults.SyscallThreads, 0, 64);

    private readonly Option<int> _batchWait = OptionKinds.Number(
        "--batch-wait-us", "Microseconds a loop may wait for more to come together; 0 is off.", defaults.BatchWaitUs, 0, 1000);

    private readonly Option<int> _turnBudget = OptionKinds.Number(
        "--turn-budget-us", "Microseconds that each kind of a loop turn's work may take before the next one has its share.",
        defaults.TurnBudgetUs, 1, 100_000);

    private readonly Option<string> _io = SocketIo.Option();

    private readonly Option<string> _messages = OptionKinds.Choice(
        "--messages", "What a connection's actor receives: pooled messages, or Akka.IO's own.", "pooled", "akka");

    private readonly Option<int> _backlog = OptionKinds.Number(
        "--backlog", "Connections that wait to be accepted.", defaults.Backlog, 1, 65535);

    private readonly Option<int> _warmUp = OptionKinds.Number(
        "--warm-up-ms",
        "Milliseconds in which the server may ask itself before it listens, until nothing more of it is compiled; 0 leaves that out.",
        defaults.WarmUpMs, 0, HotWarmUp.MostMs);

    private readonly ListenOptions _listen = new(choices.HasFlag(ServerChoices.UnixSocket));
    private readonly TlsOptions _tls = new();
    private readonly PlacementOptions _placement = new();

    private readonly Option<int> _drain = OptionKinds.Number(
        "--drain-ms", "Milliseconds that requests under way may take when the server is asked to stop; then their connections are ended.",
        defaults.DrainMs, 0, 3_600_000);

    private readonly Option<bool> _statsOnStdin = new("--stats-on-stdin")
    {
        Description = "Answer each line 'stats' on standard input with a line of JSON.",
    };

    /// <summary>A command with these options and a server's own.</summary>
    public RootCommand Create(string description, params Option[] own)
    {
        RootCommand command = new(description);
        Option[] common =
        [
            _port, .. _listen.All, .. _tls.All, _loops, _cpus, _pin, _backend, _syscallThreads, _batchWait, _turnBudget,
            .. choices.HasFlag(ServerChoices.StockIo) ? [_io] : (Option[])[],
            .. choices.HasFlag(ServerChoices.Messages) ? [_messages] : (Option[])[],
            .. choices.HasFlag(ServerChoices.WarmUp) ? [_warmUp] : (Option[])[],
            _backlog, _drain, _statsOnStdin, .. _placement.All,
        ];
        foreach (Option option in (Option[])[.. common, .. own])
        {
            command.Options.Add(option);
        }

        return command;
    }

    /// <summary>Whether to answer for statistics on standard input.</summary>
    public bool WantsStatsOnStdin(ParseResult result) => result.GetValue(_statsOnStdin);

    public int LoopsOf(ParseResult result) => result.GetValue(_loops);

    /// <summary>Whether stock Akka.IO was asked for.</summary>
    public bool IsStock(ParseResult result) => IoOf(result) == IoMode.AkkaIo;

    /// <summary>The hosts of the TCP addresses to listen on.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="host">The server's, where no address was asked for.</param>
    public IEnumerable<string> HostsOf(ParseResult result, string host) =>
        _listen.AddressesOf(result) is { Count: > 0 } addresses ? addresses.Select(static address => address.Host) : [host];

    /// <summary>The options of a server with the common ones as the command line has them.</summary>
    /// <exception cref="IOException">The certificate cannot be read.</exception>
    public T Apply<T>(ParseResult result, T options)
        where T : ServerOptions
    {
        IoMode io = IoOf(result);
        return _placement.Apply(result, options) with
        {
            Port = result.GetValue(_port),
            Listen = _listen.AddressesOf(result),
            UnixSocket = _listen.UnixSocketOf(result),
            Tls = _tls.CertificateOf(result),
            Loops = result.GetValue(_loops),
            Cpus = result.GetValue(_cpus)!,
            Pin = result.GetValue(_pin) == "on",
            Backend = result.GetValue(_backend)!,
            SyscallThreads = result.GetValue(_syscallThreads),
            BatchWaitUs = result.GetValue(_batchWait),
            TurnBudgetUs = result.GetValue(_turnBudget),
            Io = io,
            Messages = MessagesOf(result, io),
            Backlog = result.GetValue(_backlog),
            WarmUpMs = choices.HasFlag(ServerChoices.WarmUp) ? result.GetValue(_warmUp) : defaults.WarmUpMs,
            DrainMs = result.GetValue(_drain),
        };
    }

    /// <summary>What these options, each valid by itself, forbid together. Only for a result without errors.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="host">The server's option for the host.</param>
    public IEnumerable<string> ConflictsIn(ParseResult result, Option host)
    {
        bool isStock = IsStock(result);
        foreach (string conflict in _listen.ConflictsIn(result, isStock, host, _port)
            .Concat(_tls.ConflictsIn(result, isStock)).Concat(_placement.ConflictsIn(result, isStock)))
        {
            yield return conflict;
        }

        int cores = result.GetValue(_cpus)!.Length;
        int loops = result.GetValue(_loops);
        if (cores > 0 && cores != loops)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"--cpus names {cores} cores for {loops} loops: name one core for each of --loops.");
        }

        if (cores > 0 && result.GetValue(_pin) == "off")
        {
            yield return "--cpus has no meaning with --pin off: leave one of them out.";
        }

        if (isStock)
        {
            foreach (string option in OfFlexScAlone(result))
            {
                yield return $"{option} has no meaning with --io akka-io: leave one of them out.";
            }
        }

        if (result.GetValue(_backend) == "io-uring" && result.GetValue(_syscallThreads) != 0)
        {
            yield return "--syscall-threads has no meaning with --backend io-uring: leave one of them out.";
        }
    }

    private IoMode IoOf(ParseResult result) => choices.HasFlag(ServerChoices.StockIo) ? SocketIo.ModeOf(result, _io) : IoMode.FlexSc;

    private MessageMode MessagesOf(ParseResult result, IoMode io) =>
        choices.HasFlag(ServerChoices.Messages) && io == IoMode.FlexSc && result.GetValue(_messages) == "pooled"
            ? MessageMode.Pooled
            : MessageMode.Akka;

    private IEnumerable<string> OfFlexScAlone(ParseResult result)
    {
        foreach (Option option in (Option[])[_cpus, _pin, _syscallThreads, _batchWait, _turnBudget])
        {
            if (result.IsGiven(option))
            {
                yield return option.Name;
            }
        }

        if (result.GetValue(_backend) != "auto")
        {
            yield return _backend.Name;
        }

        if (choices.HasFlag(ServerChoices.Messages) && result.IsGiven(_messages) && result.GetValue(_messages) == "pooled")
        {
            yield return "--messages pooled";
        }
    }
}
