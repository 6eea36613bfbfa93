using System.CommandLine;
using System.Net;
using FlexSc.Akka.Hosting;
using FlexSc.Examples.Shared;

namespace FlexSc.Examples.HttpServer.Service;

/// <summary>The options of the dashboard.</summary>
internal sealed class DashboardCommandLine
{
    private readonly Option<bool> _dashboard = new("--dashboard") { Description = "Show how the loops run at /flexsc." };
    private readonly Option<string?> _tokenFile = new("--dashboard-token-file")
    {
        Description = "File whose first line has to be known to see it; needed where others than this machine's loopback are listened on.",
    };

    private readonly Option<int> _viewers = OptionKinds.Number("--dashboard-viewers", "How many may look at a time; 503 beyond.", new FlexScDashboardOptions().MaxViewers, 1, 100);
    private readonly Option<int> _interval = OptionKinds.Number(
        "--dashboard-interval-ms", "Milliseconds between two reports, while somebody looks.", new FlexScDashboardOptions().IntervalMs, 250, 10_000);

    public Option[] All => [_dashboard, _tokenFile, _viewers, _interval];

    /// <summary>What was asked for; null for no dashboard.</summary>
    /// <exception cref="IOException">The token cannot be read, or is too short.</exception>
    public FlexScDashboardOptions? OptionsOf(ParseResult result) => !result.GetValue(_dashboard) ? null : new FlexScDashboardOptions
    {
        Token = result.GetValue(_tokenFile) is { } path ? ReadToken(path) : null,
        MaxViewers = result.GetValue(_viewers),
        IntervalMs = result.GetValue(_interval),
    };

    public IEnumerable<string> ConflictsIn(ParseResult result, bool isStock, IEnumerable<string> hosts)
    {
        bool isOn = result.GetValue(_dashboard);
        foreach (Option option in ((Option[])[_tokenFile, _viewers, _interval]).Where(option => !isOn && result.IsGiven(option)))
        {
            yield return $"{option.Name} has no meaning without --dashboard: leave it out.";
        }

        if (isOn && isStock)
        {
            yield return "--dashboard has no meaning with --io akka-io, which has no loops: leave one of them out.";
        }

        if (isOn && !result.IsGiven(_tokenFile) && hosts.FirstOrDefault(static host => !IsLoopback(host)) is { } open)
        {
            yield return $"--dashboard-token-file is missing: whoever reaches {open} would see the dashboard.";
        }
    }

    private static bool IsLoopback(string host) => host == "localhost" || (IPAddress.TryParse(host, out IPAddress? address) && IPAddress.IsLoopback(address));

    private static string ReadToken(string path)
    {
        string token;
        try
        {
            token = File.ReadLines(path).FirstOrDefault("").Trim();
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new IOException($"--dashboard-token-file: {exception.Message}", exception);
        }

        return token.Length >= FlexScDashboardOptions.LeastTokenLength
            ? token
            : throw new IOException($"--dashboard-token-file: the first line of {path} has {token.Length} characters, a token has {FlexScDashboardOptions.LeastTokenLength} or more");
    }
}
