using System.CommandLine;
using FlexSc.Benchmarks.Load;
using FlexSc.Benchmarks.Report;
using FlexSc.Benchmarks.Run;

namespace FlexSc.Benchmarks.Commands;

/// <summary>The http command: examples/HttpServer under wrk.</summary>
internal static class HttpCommand
{
    private const string Name = "http";
    private const int MaxConnections = 20_000;
    private const int MaxDepth = 64;
    private const int DefaultDepth = 16;
    private const int DefaultPipelinedConnections = 128;

    private static readonly int[] DefaultConnections = [16, 128, 512];
    private static readonly int[] QuickConnections = [128];

    public static Command Create()
    {
        ComparisonOptions options = new();
        Option<int[]?> connections = NumberOption.List("--connections", "Connections of the loads without pipelining; default 16,128,512, quick 128.", 1, MaxConnections);
        Option<int?> depth = NumberOption.Whole("--pipeline", "Requests in one write of the pipelined load; 1 leaves it out. Default 16.", 1, MaxDepth);
        Option<int?> pipelined = NumberOption.Whole("--pipelined-connections", "Connections of the pipelined load; default 128.", 1, MaxConnections);
        Command command = new(Name, "Compares the HTTP service on Akka.IO and on FlexSC: /plaintext under wrk.") { connections, depth, pipelined };
        options.AddTo(command);
        command.SetAction(result =>
        {
            List<LoadShape> shapes = [.. (result.ListOf(connections) ?? (options.Quick(result) ? QuickConnections : DefaultConnections)).Select(count => new LoadShape(count, 1))];
            if ((result.GetValue(depth) ?? DefaultDepth) is > 1 and int requests)
            {
                shapes.Add(new LoadShape(result.GetValue(pipelined) ?? DefaultPipelinedConnections, requests));
            }

            RunOptions runOptions = options.ToRunOptions(result);
            return new Comparison(
                Name,
                $"HTTP {WrkGenerator.Path}",
                "HttpServer",
                runOptions,
                shapes,
                new { generator = "wrk", path = WrkGenerator.Path },
                options.Quick(result),
                options.Common.Build(result),
                options.Common.AllowMissing(result),
                options.Common.JsonFile(result, Name),
                () => new WrkGenerator(runOptions.GeneratorCore),
                Targets.OfHttp).Execute();
        });
        return command;
    }
}
