using System.Globalization;
using FlexSc.Measuring;
using FlexSc.Measuring.Builds;
using FlexSc.Measuring.Servers;

namespace FlexSc.Benchmarks.Parts;

/// <summary>The echo program, which measures itself, or the reason why it does not run. It is stopped but while it is asked.</summary>
internal sealed class EchoProcess : IDisposable
{
    private const int WarmUpClients = 10;
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(60);

    private readonly ServerProcess? _process;
    private readonly string? _failure;

    private EchoProcess(ServerProcess? process, string? failure)
    {
        _process = process;
        _failure = failure;
    }

    /// <summary>Starts and warms it up.</summary>
    /// <param name="variant">Whose sockets and dispatcher.</param>
    /// <param name="tree">Root of the sources that it is built from; null is the working tree.</param>
    /// <param name="cpus">Its cores; null leaves it to the scheduler.</param>
    /// <param name="warmUpMs">Each of two times.</param>
    public static EchoProcess Start(string variant, string? tree, IReadOnlyList<int>? cpus, int warmUpMs)
    {
        ServerProcess? process = null;
        try
        {
            string program = ProjectBuild.Build(Path.Combine("tests", "peers", "TcpOperations"), tree: tree);
            process = ServerProcess.Start(ServerLaunch.Dotnet(program, [variant], cpus));
            _ = Ask(process, WarmUpClients, warmUpMs);
            _ = Ask(process, WarmUpClients, warmUpMs);
            process.Pause();
            return new EchoProcess(process, null);
        }
        catch (MeasurementException failure)
        {
            process?.Dispose();
            return new EchoProcess(null, $"not available: {failure.Message}");
        }
    }

    /// <returns>Figures, or the reason why there are none.</returns>
    public (EchoPart.Figures? Figures, string? Failure) Measure(int clients, int windowMs)
    {
        if (_process is null)
        {
            return (null, _failure);
        }

        try
        {
            _process.Resume();
            EchoPart.Figures figures = Ask(_process, clients, windowMs);
            _process.Pause();
            return (figures, null);
        }
        catch (MeasurementException failure)
        {
            return (null, failure.Message);
        }
    }

    public void Dispose() => _process?.Dispose();

    private static EchoPart.Figures Ask(ServerProcess process, int clients, int windowMs)
    {
        string answer = process.Ask(string.Create(CultureInfo.InvariantCulture, $"run {clients} {windowMs}"), AnswerLimit);
        return EchoPart.Figures.Parse(answer);
    }
}
