using System.Text;
using System.Text.Json;

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
            writer.WriteNumber("connections", service.ConnectionCount);
            writer.WriteStartArray("loops");
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
