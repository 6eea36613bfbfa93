using System.Diagnostics;
using System.Globalization;
using System.Net;
using FlexSc.Measuring.Processes;
using FlexSc.Measuring.Servers;

namespace FlexSc.Measuring.Load;

/// <summary>HTTP load by wrk: one thread, one path, a closed loop.</summary>
internal sealed class WrkGenerator : ILoadGenerator
{
    private const string ScriptResource = "wrk.lua";
    private const int RequestTimeoutSeconds = 5;

    private readonly HttpExchange _exchange;
    private readonly bool _keepAlive;
    private readonly string _wrk = Packages.Require("wrk");
    private readonly string _script = Path.Combine(ScratchDirectory.Create("wrk"), ScriptResource);

    /// <param name="exchange">What is asked for.</param>
    /// <param name="keepAlive">Whether connections are kept; else there is a new one for each request.</param>
    public WrkGenerator(HttpExchange exchange, bool keepAlive = true)
    {
        _exchange = exchange;
        _keepAlive = keepAlive;
        using Stream source = typeof(WrkGenerator).Assembly.GetManifestResourceStream(ScriptResource)!;
        using FileStream target = File.Create(_script);
        source.CopyTo(target);
    }

    public string Name => _keepAlive ? "wrk, closed loop" : "wrk, closed loop, a connection for each request";

    public ILoad Start(IPEndPoint server, LoadShape shape, TimeSpan duration, int? core)
    {
        Debug.Assert(shape.OfferedPerSecond is null, "wrk has no pace");

        // wrk takes whole seconds.
        int seconds = (int)Math.Ceiling(duration.TotalSeconds);
        string[] command =
        [
            .. ServerLaunch.Pinned(core), _wrk, "-t1", Text($"-c{shape.Connections}"), Text($"-d{seconds}s"),
            "--timeout", Text($"{RequestTimeoutSeconds}s"), .. _keepAlive ? (string[])[] : ["-H", "Connection: close"],
            "-s", _script, $"{_exchange.Scheme}://{server}{_exchange.Path}",
            "--", Text($"{shape.PipelineDepth}"),
        ];
        return new Load(new RunningProgram(command), TimeSpan.FromSeconds(seconds + (2 * RequestTimeoutSeconds)));
    }

    public void Verify(IPEndPoint server) => _exchange.Verify(server);

    public void Prepare(IPEndPoint server)
    {
        // The answer is the server's own.
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed class Load(RunningProgram wrk, TimeSpan limit) : ILoad
    {
        public int ProcessId => wrk.ProcessId;

        public long? AnsweredSoFar => null;

        // wrk answers SIGINT with the figures of the time it ran.
        public void Stop() => wrk.Interrupt();

        public LoadResult WaitForEnd()
        {
            ProgramResult result = wrk.WaitForEnd(limit);
            return result.ExitCode == 0
                ? WrkOutput.Parse(result.Output)
                : throw new MeasurementException($"wrk ended with exit code {result.ExitCode}: {result.Error.Trim()} {result.Output.Trim()}");
        }

        public void Dispose() => wrk.Dispose();
    }
}
