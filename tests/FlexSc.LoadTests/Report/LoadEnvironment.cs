using System.Globalization;
using System.Runtime;
using FlexSc.Measuring.Machine;

namespace FlexSc.LoadTests.Report;

/// <summary>What the figures of a run depend on besides the server and the load.</summary>
/// <param name="Machine">Processor, cores, kernel, .NET, commit.</param>
/// <param name="GarbageCollector">The generator's, whose pauses are in the latencies.</param>
internal sealed record LoadEnvironment(MachineFacts Machine, string GarbageCollector)
{
    public static LoadEnvironment Read() => new(MachineFacts.Read(), DescribeCollector());

    /// <summary>Names and values, for a table.</summary>
    public IEnumerable<(string Name, string Value)> Rows()
    {
        yield return ("processor", Machine.CpuModel);
        yield return ("cores", string.Create(
            CultureInfo.InvariantCulture, $"{Machine.Cores}, usable: {string.Join(',', Machine.UsableCores)}"));
        yield return ("kernel", Machine.Kernel);
        yield return (".NET", $"{Machine.DotnetRuntime}, SDK {Machine.DotnetSdk}");
        yield return ("generator's garbage collector", GarbageCollector);
        yield return ("commit", Machine.Commit + (Machine.UncommittedChanges == true ? ", with uncommitted changes" : ""));
    }

    private static string DescribeCollector()
    {
        bool isConcurrent = GC.GetConfigurationVariables().TryGetValue("ConcurrentGC", out object? value) && value is true;
        return $"{(GCSettings.IsServerGC ? "server" : "workstation")}, {(isConcurrent ? "concurrent" : "not concurrent")}";
    }
}
