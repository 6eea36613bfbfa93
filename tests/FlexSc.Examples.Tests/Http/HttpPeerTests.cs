using System.Globalization;
using System.Text.RegularExpressions;
using FlexSc.Measuring.Load;
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

        (int exitCode, string output) = PeerPrograms.Run(curl, "-sS", "-i", $"{fixture.BaseAddress}plaintext");
        Assert.Equal(0, exitCode);
        Assert.StartsWith("HTTP/1.1 200 OK", output, StringComparison.Ordinal);
        Assert.EndsWith("Hello, World!", output, StringComparison.Ordinal);

        (exitCode, output) = PeerPrograms.Run(curl, "-sS", "-r", "6-9", $"{fixture.BaseAddress}hello.txt");
        Assert.Equal((0, "file"), (exitCode, output));

        string target = Path.GetTempFileName();
        try
        {
            (exitCode, output) = PeerPrograms.Run(curl, "-sS", "-o", target, $"{fixture.BaseAddress}big.bin");
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
        _ = PeerPrograms.Require("wrk", "wrk");
        await using ServiceFixture fixture = await ServiceFixture.StartAsync(mode);
        WrkGenerator wrk = new(HttpExchange.Hello);

        using ILoad load = wrk.Start(fixture.Service.Endpoint, new LoadShape(Connections: 64, PipelineDepth: 1), TimeSpan.FromSeconds(1), core: null);
        LoadResult result = load.WaitForEnd();

        Assert.Equal("", result.ErrorText);
        Assert.True(result.Requests > 100, $"{result.Requests} requests");
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
            (int exitCode, string output) = PeerPrograms.Run(ab, [.. options, "-q", "-n", "2000", "-c", "20", $"{fixture.BaseAddress}plaintext"]);

            Assert.True(exitCode == 0, output);
            Assert.Equal(2000, Number(Completed(), output));
            Assert.Equal(0, Number(Failed(), output));
        }

        await fixture.AssertNothingIsLeftAsync();
    }

    private static int Number(Regex pattern, string output) =>
        int.Parse(pattern.Match(output).Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"Complete requests:\s+(\d+)")]
    private static partial Regex Completed();

    [GeneratedRegex(@"Failed requests:\s+(\d+)")]
    private static partial Regex Failed();
}
