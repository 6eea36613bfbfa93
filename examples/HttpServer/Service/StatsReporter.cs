using System.Text;
using System.Text.Json;
using FlexSc.Akka.Loops;

namespace FlexSc.Examples.HttpServer.Service;

/// <summary>Answers each line "stats" with one line of JSON, so that a benchmark can measure a span of requests.</summary>
internal sealed class StatsReporter(HttpService service)
{
    /// <summary>Runs until the input ends.</summary>
    public async Task RunAsync(TextReader input, TextWriter output)
    {
        while (await input.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            if (line.Trim() == "stats")
            {
                await output.WriteLineAsync(Report()).ConfigureAwait(false);
                await output.FlushAsync().ConfigureAwait(false);
            }
        }
    }

    internal string Report()
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream))
        {
            writer.WriteStartObject();
            writer.WriteNumber("allocatedBytes", GC.GetTotalAllocatedBytes(precise: true));
            writer.WriteNumber("requests", service.Counters.Requests);
            writer.WriteNumber("cpuMs", Environment.CpuUsage.TotalTime.TotalMilliseconds);
            writer.WriteNumber("connections", service.Counters.Connections.Value);
            writer.WriteNumber("openFiles", service.Counters.OpenFiles.Value);
            writer.WriteStartArray("loops");
            foreach (LoopFigures loop in service.Loops)
            {
                Write(writer, loop);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void Write(Utf8JsonWriter writer, LoopFigures loop)
    {
        writer.WriteStartObject();
        writer.WriteNumber("index", loop.Index);
        writer.WriteString("backend", loop.Backend);
        if (loop.Cpu is { } cpu)
        {
            writer.WriteNumber("cpu", cpu);
        }
        else
        {
            writer.WriteNull("cpu");
        }

        writer.WriteNumber("turns", loop.Turns);
        writer.WriteNumber("submissions", loop.Submissions);
        writer.WriteNumber("traps", loop.Traps);
        writer.WriteNumber("connections", loop.Connections);
        writer.WriteEndObject();
    }
}
