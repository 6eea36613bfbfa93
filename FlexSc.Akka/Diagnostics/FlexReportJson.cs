using System.Text.Json;
using System.Text.Json.Serialization;

namespace FlexSc.Akka.Diagnostics;

/// <summary>Reports as JSON, by code that the compiler generated: nothing is looked up at run time, so it can be trimmed and compiled ahead.</summary>
internal static class FlexReportJson
{
    /// <summary>One object on one line, in UTF-8.</summary>
    public static byte[] Write(FlexReport report) => JsonSerializer.SerializeToUtf8Bytes(report, FlexReportJsonContext.Default.FlexReport);

    /// <summary>Reads what <see cref="Write"/> wrote, members of later versions left out.</summary>
    /// <exception cref="JsonException">It is no report.</exception>
    public static FlexReport Read(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, FlexReportJsonContext.Default.FlexReport) ?? throw new JsonException("a report, not null");
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(FlexReport))]
internal sealed partial class FlexReportJsonContext : JsonSerializerContext;
