using System.Globalization;
using System.Text.RegularExpressions;
using FlexSc.Examples.KvServer.Service;
using Xunit;

namespace FlexSc.Examples.Tests.Kv;

public sealed partial class PeerTests
{
    [SkippableTheory]
    [ClassData(typeof(IoVariants))]
    public async Task Memccapable_passes_in_full(string variant)
    {
        string memccapable = PeerPrograms.Require("memccapable", "libmemcached-tools");
        await using KvService service = await IoVariants.StartAsync(variant);

        (int exitCode, string output) = PeerPrograms.Run(
            memccapable, "-a", "-h", "127.0.0.1", "-p", Port(service), "-t", "10", "-v");

        Assert.True(exitCode == 0, output);
        Assert.Contains("All tests passed", output, StringComparison.Ordinal);
        Assert.DoesNotContain("FAIL", output, StringComparison.Ordinal);
        Assert.True(PassMark().Count(output) >= 20, output);
    }

    [SkippableTheory]
    [ClassData(typeof(IoVariants))]
    public async Task Memcslap_runs_its_load(string variant)
    {
        string memcslap = PeerPrograms.Require("memcslap", "libmemcached-tools");
        await using KvService service = await IoVariants.StartAsync(variant);

        (int exitCode, string output) = PeerPrograms.Run(
            memcslap, $"--servers=127.0.0.1:{Port(service)}", "--concurrency=10", "--execute-number=200", "--test=get", "--initial-load=500");

        Assert.True(exitCode == 0, output);
        Assert.True(service.Store.Figures().Uses.GetHits >= 2000, $"{service.Store.Figures().Uses.GetHits} hits; {output}");
    }

    private static string Port(KvService service) => service.LocalEndPoint.Port.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\[pass\]")]
    private static partial Regex PassMark();
}
