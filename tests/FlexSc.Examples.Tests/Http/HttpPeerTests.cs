using System.Globalization;
using System.Text.RegularExpressions;
using FlexSc.Examples.Tests.Kv;
using Xunit;

namespace FlexSc.Examples.Tests.Http;

/// <summary>Other people's clients, in every mode.</summary>
public sealed partial class HttpPeerTests
{
    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public async Task Curl_fetches_text_ranges_and_a_large_file(string mode)
    {
        string curl = PeerPrograms.Require("curl", "curl");
        await using ServiceFixture fixture = await ServiceFixture.StartAsync(mode);

        (int exitCode, string output) = await PeerPrograms.RunAsync(curl, "-sS", "-i", $"{fixture.BaseAddress}plaintext");
        Assert.Equal(0, exitCode);
        Assert.StartsWith("HTTP/1.1 200 OK", output, StringComparison.Ordinal);
        Assert.EndsWith("Hello, World!", output, StringComparison.Ordinal);

        (exitCode, output) = await PeerPrograms.RunAsync(curl, "-sS", "-r", "6-9", $"{fixture.BaseAddress}hello.txt");
        Assert.Equal((0, "file"), (exitCode, output));

        string target = Path.GetTempFileName();
        try
        {
            (exitCode, output) = await PeerPrograms.RunAsync(curl, "-sS", "-o", target, $"{fixture.BaseAddress}big.bin");
            Assert.True(exitCode == 0, output);
            Assert.Equal(fixture.BigFile, await File.ReadAllBytesAsync(target));
        }
        finally
        {
            File.Delete(target);
        }

        await fixture.AssertNothingIsLeftAsync();
    }

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public async Task Wrk_gets_an_answer_to_every_request(string mode)
    {
        string wrk = PeerPrograms.Require("wrk", "wrk");
        await using ServiceFixture fixture = await ServiceFixture.StartAsync(mode);

        (int exitCode, string output) = await PeerPrograms.RunAsync(wrk, "-t1", "-c64", "-d1s", $"{fixture.BaseAddress}plaintext");

        Assert.True(exitCode == 0, output);
        Assert.DoesNotContain("Socket errors", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Non-2xx", output, StringComparison.Ordinal);
        Assert.True(Number(RequestsDone(), output) > 100, output);
        await fixture.AssertNothingIsLeftAsync();
    }

    [SkippableTheory]
    [ClassData(typeof(AllModes))]
    public async Task Ab_gets_an_answer_to_every_request_kept_alive_or_not(string mode)
    {
        string ab = PeerPrograms.Require("ab", "apache2-utils");
        await using ServiceFixture fixture = await ServiceFixture.StartAsync(mode);
        foreach (string[] options in new string[][] { ["-k"], [] })
        {
            (int exitCode, string output) = await PeerPrograms.RunAsync(ab, [.. options, "-q", "-n", "2000", "-c", "20", $"{fixture.BaseAddress}plaintext"]);

            Assert.True(exitCode == 0, output);
            Assert.Equal(2000, Number(Completed(), output));
            Assert.Equal(0, Number(Failed(), output));
        }

        await fixture.AssertNothingIsLeftAsync();
    }

    private static int Number(Regex pattern, string output) =>
        int.Parse(pattern.Match(output).Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(\d+) requests in")]
    private static partial Regex RequestsDone();

    [GeneratedRegex(@"Complete requests:\s+(\d+)")]
    private static partial Regex Completed();

    [GeneratedRegex(@"Failed requests:\s+(\d+)")]
    private static partial Regex Failed();
}
