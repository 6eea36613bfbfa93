using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace FlexSc.MicroBenchmarks;

/// <summary>
/// Benchmarks of single parts. <c>-- ping-pong</c> runs the dispatchers and prints their ratio to the default one; anything else is
/// BenchmarkDotNet's command line (<c>--filter '*Parser*'</c>, <c>--list flat</c>). <c>--quick</c> in front makes either short.
/// </summary>
internal static class Program
{
    private const string Quick = "--quick";
    private const string PingPong = "ping-pong";

    private static int Main(string[] args)
    {
        bool quick = args.Contains(Quick);
        string[] rest = [.. args.Where(argument => argument != Quick)];
        IConfig config = quick ? Jobs.Quick() : Jobs.Full();
        if (rest is [PingPong])
        {
            return PingPongFigure.Print(BenchmarkRunner.Run<DispatcherPingPong>(config));
        }

        // Without a filter the runner would ask, and there is nobody to answer.
        IEnumerable<Summary> summaries = BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(rest.Length == 0 ? ["--filter", "*"] : rest, config);
        return summaries.Any(summary => summary.HasCriticalValidationErrors || summary.Reports.Any(report => !report.Success)) ? 1 : 0;
    }
}
