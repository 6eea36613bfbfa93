using System.Text.Json;

namespace FlexSc.Examples.KvServer.Service;

/// <summary>Figures for a benchmark that starts the server: asked for and answered by lines on standard input and output.</summary>
internal static class StdinStatistics
{
    /// <summary>Answers until the input ends. Blocks: give it a thread of its own.</summary>
    public static void Serve(KvService service, TextReader input, TextWriter output)
    {
        while (input.ReadLine() is { } line)
        {
            if (line.Trim() == "stats")
            {
                output.WriteLine(Describe(service));
                output.Flush();
            }
        }
    }

    private static string Describe(KvService service)
    {
        Store.StoreFigures figures = service.Store.Figures();
        return JsonSerializer.Serialize(new
        {
            allocatedBytes = GC.GetTotalAllocatedBytes(true),
            requests = service.Counters.Commands,
            cpuMs = Environment.CpuUsage.TotalTime.TotalMilliseconds,
            connections = service.Counters.CurrentConnections,
            items = figures.Items,
            usedBytes = figures.UsedBytes,
            loops = service.Loops.Select(loop => new
            {
                index = loop.Index,
                backend = loop.Backend,
                cpu = loop.Cpu,
                turns = loop.Turns,
                submissions = loop.Submissions,
                traps = loop.Traps,
                connections = loop.Connections,
            }),
        });
    }
}
