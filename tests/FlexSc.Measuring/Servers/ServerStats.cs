using System.Text.Json;

namespace FlexSc.Measuring.Servers;

/// <summary>The counters of a server. All but the connections only grow; null is what it does not count.</summary>
/// <param name="LoopTraps">Kernel entries that the loops counted themselves; null where the server has no such counter.</param>
internal sealed record ServerStats(long? Requests, long? AllocatedBytes, double? CpuMs, long? Connections, long? LoopTraps)
{
    /// <summary>Of a server that tells nothing about itself.</summary>
    public static ServerStats None { get; } = new(null, null, null, null, null);

    /// <summary>Reads what a server prints for a line "stats" on its standard input.</summary>
    /// <exception cref="MeasurementException">The line is not the JSON that was agreed on.</exception>
    public static ServerStats Parse(string line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            return new ServerStats(
                Nullable(root.GetProperty("requests"))?.GetInt64(),
                Nullable(root.GetProperty("allocatedBytes"))?.GetInt64(),
                Nullable(root.GetProperty("cpuMs"))?.GetDouble(),
                Nullable(root.GetProperty("connections"))?.GetInt64(),
                SumOfTraps(root));
        }
        catch (Exception failure) when (failure is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new MeasurementException($"the server's statistics are not understood ({failure.Message}): {line}");
        }
    }

    private static JsonElement? Nullable(JsonElement element) => element.ValueKind == JsonValueKind.Null ? null : element;

    private static long? SumOfTraps(JsonElement root)
    {
        if (!root.TryGetProperty("loops", out JsonElement loops) || loops.ValueKind != JsonValueKind.Array || loops.GetArrayLength() == 0)
        {
            return null;
        }

        long sum = 0;
        foreach (JsonElement loop in loops.EnumerateArray())
        {
            if (!loop.TryGetProperty("traps", out JsonElement traps))
            {
                return null;
            }

            sum += traps.GetInt64();
        }

        return sum;
    }
}
