using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;
using FlexSc.Measuring;
using FlexSc.Measuring.Load;
using FlexSc.Measuring.Machine;
using FlexSc.Measuring.Processes;
using FlexSc.Measuring.Servers;

namespace FlexSc.Benchmarks.Load;

/// <summary>This program started once more, as a generator: prints one line of JSON at its end and counts in a shared file.</summary>
internal sealed class GeneratorProcess : ILoad
{
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(15);

    // One run is short: compile in full at once, and collect on the pinned thread.
    private static readonly Dictionary<string, string> RuntimeSettings = new(StringComparer.Ordinal)
    {
        ["DOTNET_TieredCompilation"] = "0",
        ["DOTNET_gcServer"] = "0",
        ["DOTNET_gcConcurrent"] = "0",
    };

    private readonly RunningProgram _program;
    private readonly LiveCount _count;
    private readonly string _countFile;
    private readonly TimeSpan _limit;

    private GeneratorProcess(RunningProgram program, LiveCount count, string countFile, TimeSpan limit)
    {
        _program = program;
        _count = count;
        _countFile = countFile;
        _limit = limit;
    }

    public int ProcessId => _program.ProcessId;

    public long? AnsweredSoFar => _count.Value;

    /// <summary>Starts the generator; beside these options it gets <c>--server</c>, <c>--duration-ms</c> and <c>--count-file</c>.</summary>
    /// <param name="isFirst">It has its core before others, see <see cref="RealTimePriority"/>.</param>
    public static GeneratorProcess Start(
        string command, IPEndPoint server, TimeSpan duration, int? core, bool isFirst, params string[] options)
    {
        string countFile = Path.Combine(ScratchDirectory.Create("generator"), "count");
        string[] words =
        [
            .. ServerLaunch.Pinned(core), .. isFirst ? RealTimePriority.Words : [], Programs.Require("dotnet"), typeof(GeneratorProcess).Assembly.Location, command,
            "--server", server.ToString(), "--duration-ms", duration.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture),
            "--count-file", countFile, .. options,
        ];
        ProcessStartInfo start = new(words[0], words.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true };
        ServerLaunch.SetRuntime(start, RuntimeSettings);
        LiveCount count = LiveCount.Create(countFile);
        try
        {
            return new GeneratorProcess(new RunningProgram(start), count, countFile, duration + EndLimit);
        }
        catch
        {
            count.Dispose();
            throw;
        }
    }

    /// <summary>The other side: runs a load and prints its result.</summary>
    /// <param name="run">Ends early when the token is cancelled, which SIGINT does.</param>
    /// <returns>The exit code.</returns>
    public static int RunAndPrint(Func<CancellationToken, LoadResult> run)
    {
        using CancellationTokenSource interrupted = new();
        using PosixSignalRegistration registration = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            context.Cancel = true;
            interrupted.Cancel();
        });
        try
        {
            Console.WriteLine(JsonSerializer.Serialize(run(interrupted.Token)));
            return 0;
        }
        catch (Exception failure) when (failure is MeasurementException or SocketException or IOException)
        {
            Console.Error.WriteLine(failure.Message);
            return 1;
        }
    }

    public void Stop() => _program.Interrupt();

    public LoadResult WaitForEnd()
    {
        ProgramResult result = _program.WaitForEnd(_limit);
        if (result.ExitCode != 0)
        {
            throw new MeasurementException($"the generator ended with exit code {result.ExitCode}: {result.Error.Trim()}");
        }

        return JsonSerializer.Deserialize<LoadResult>(result.Output)
            ?? throw new MeasurementException($"the generator's output is not understood: {result.Output}");
    }

    public void Dispose()
    {
        _program.Dispose();
        _count.Dispose();
        Directory.Delete(Path.GetDirectoryName(_countFile)!, recursive: true);
    }
}
