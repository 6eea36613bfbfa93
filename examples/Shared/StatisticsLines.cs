using System.Text.Json.Nodes;
using FlexSc.Akka.Loops;

namespace FlexSc.Examples.Shared;

/// <summary>Figures for a program that started the server: asked for and answered by lines on standard input and output.</summary>
internal static class StatisticsLines
{
    /// <summary>Answers each line "stats" with one line until the input ends, on a thread of its own: the console reads by blocking calls.</summary>
    /// <param name="describe">Makes the line; see <see cref="Describe"/>. On that thread.</param>
    public static void ServeConsole(Func<string> describe) => new Thread(() => Serve(describe, Console.In, Console.Out))
    {
        IsBackground = true,
        Name = "stats-on-stdin",
    }.Start();

    /// <summary>One line of JSON: what the process has used, what the server counts, and for each loop its counters.</summary>
    /// <param name="requests">Requests since the start.</param>
    /// <param name="connections">Connections that are open.</param>
    /// <param name="loops">The loops.</param>
    /// <param name="own">What only this server counts.</param>
    public static string Describe(long requests, long connections, IReadOnlyList<LoopFigures> loops, params ReadOnlySpan<(string Name, long Value)> own)
    {
        JsonObject line = new()
        {
            ["allocatedBytes"] = GC.GetTotalAllocatedBytes(precise: true),
            ["requests"] = requests,
            ["cpuMs"] = Environment.CpuUsage.TotalTime.TotalMilliseconds,
            ["connections"] = connections,
        };
        foreach ((string name, long value) in own)
        {
            line[name] = value;
        }

        line["loops"] = new JsonArray([.. loops.Select(Describe)]);
        return line.ToJsonString();
    }

    private static JsonObject Describe(LoopFigures loop) => new()
    {
        ["index"] = loop.Index,
        ["backend"] = loop.Backend,
        ["cpu"] = loop.Cpu,
        ["turns"] = loop.Turns,
        ["submissions"] = loop.Submissions,
        ["traps"] = loop.Traps,
        ["connections"] = loop.Connections,
    };

    private static void Serve(Func<string> describe, TextReader input, TextWriter output)
    {
        while (input.ReadLine() is { } line)
        {
            if (line.Trim() == "stats")
            {
                output.WriteLine(describe());
                output.Flush();
            }
        }
    }
}
