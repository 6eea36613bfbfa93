using System.Globalization;
using System.Text.Json;
using FlexSc.Measuring;

namespace FlexSc.Benchmarks.Report;

/// <summary>The run as a file: every cell beside the sums, so that a figure can be traced.</summary>
internal static class JsonReport
{
    private const string DefaultDirectory = "artifacts/benchmarks";

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>The file's name where none was asked for: below the current directory, by UTC time.</summary>
    public static string DefaultFile(string command) =>
        Path.Combine(DefaultDirectory, string.Create(CultureInfo.InvariantCulture, $"{command}-{DateTime.UtcNow:yyyyMMdd-HHmmss}.json"));

    /// <summary>Fails early: a run of minutes must not end with a file that cannot be written.</summary>
    /// <exception cref="MeasurementException">The file cannot be written there.</exception>
    public static void CheckWritable(string file)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
            File.WriteAllText(file, "");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new MeasurementException($"--json: {failure.Message}");
        }
    }

    public static string ToJson<T>(T report) => JsonSerializer.Serialize(report, Options);

    public static void Write<T>(string file, T report) => File.WriteAllText(file, ToJson(report) + "\n");

    /// <exception cref="MeasurementException">There is no such file, or it is none of this program's.</exception>
    public static RunReport Read(string file)
    {
        try
        {
            return Parse(File.ReadAllText(file));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new MeasurementException($"{file} cannot be read: {failure.Message}");
        }
    }

    /// <exception cref="MeasurementException">It is no report of this version.</exception>
    public static RunReport Parse(string json)
    {
        try
        {
            RunReport? report = JsonSerializer.Deserialize<RunReport>(json, Options);
            return report is { Version: RunReport.CurrentVersion }
                ? report
                : throw new MeasurementException($"the report has version {report?.Version}, not {RunReport.CurrentVersion}");
        }
        catch (JsonException failure)
        {
            throw new MeasurementException($"it is no report of this program: {failure.Message}");
        }
    }
}
