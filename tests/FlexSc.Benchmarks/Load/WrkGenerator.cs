using System.Diagnostics;
using System.Globalization;
using System.Net;
using FlexSc.Benchmarks.Servers;
using FlexSc.Benchmarks.Setup;

namespace FlexSc.Benchmarks.Load;

/// <summary>HTTP load by wrk: one thread, keep-alive, one path.</summary>
internal sealed class WrkGenerator : ILoadGenerator, IDisposable
{
    public const string Path = "/plaintext";

    private const string ExpectedBody = "Hello, World!";
    private const int RequestTimeoutSeconds = 5;
    private static readonly TimeSpan VerifyLimit = TimeSpan.FromSeconds(10);

    private readonly int? _core;
    private readonly string _wrk = Programs.Require("wrk");
    private readonly string _script = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"flexsc-pipeline-{Environment.ProcessId}.lua");

    /// <param name="core">The core of wrk; null leaves it where the scheduler puts it.</param>
    public WrkGenerator(int? core)
    {
        _core = core;

        // Ctrl-C ends the program without disposing anything.
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Dispose();
        using Stream source = typeof(WrkGenerator).Assembly.GetManifestResourceStream("pipeline.lua")!;
        using FileStream target = File.Create(_script);
        source.CopyTo(target);
    }

    public ILoad Start(IPEndPoint server, LoadShape shape, TimeSpan duration)
    {
        // wrk takes whole seconds.
        int seconds = (int)Math.Ceiling(duration.TotalSeconds);
        List<string> command =
        [
            .. ServerLaunch.Pinned(_core), _wrk, "-t1", $"-c{shape.Connections}", $"-d{seconds}s", "--latency",
            "--timeout", $"{RequestTimeoutSeconds}s",
        ];
        if (shape.PipelineDepth > 1)
        {
            command.AddRange(["-s", _script]);
        }

        command.Add($"http://{server}{Path}");
        if (shape.PipelineDepth > 1)
        {
            command.AddRange(["--", shape.PipelineDepth.ToString(CultureInfo.InvariantCulture)]);
        }

        ProcessStartInfo start = new(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true };
        return new Load(new RunningProgram(start), TimeSpan.FromSeconds(seconds + (2 * RequestTimeoutSeconds)));
    }

    public void Verify(IPEndPoint server)
    {
        using HttpClient client = new() { Timeout = VerifyLimit };
        try
        {
            string body = client.GetStringAsync(new Uri($"http://{server}{Path}")).GetAwaiter().GetResult();
            if (body != ExpectedBody)
            {
                throw new BenchmarkException($"{Path} answered '{body}' instead of '{ExpectedBody}'");
            }
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException)
        {
            throw new BenchmarkException($"{Path} was not answered: {failure.Message}");
        }
    }

    public void Prepare(IPEndPoint server)
    {
        // The answer is the server's own.
    }

    public void Dispose() => File.Delete(_script);

    private sealed class Load(RunningProgram wrk, TimeSpan limit) : ILoad
    {
        public int ProcessId => wrk.ProcessId;

        public LoadResult WaitForEnd()
        {
            ProgramResult result = wrk.WaitForEnd(limit);
            return result.ExitCode == 0
                ? WrkOutput.Parse(result.Output)
                : throw new BenchmarkException($"wrk ended with exit code {result.ExitCode}: {result.Error.Trim()} {result.Output.Trim()}");
        }

        public void Dispose() => wrk.Dispose();
    }
}
