using System.Globalization;
using System.Net;

namespace FlexSc.Akka.Hosting;

/// <summary>
/// The dashboard of a program, the section <c>FlexSc:Dashboard</c> of its settings. It is off unless it is switched on, and for this
/// machine alone unless another address and a token are named.
/// </summary>
public sealed class FlexScDashboardOptions
{
    /// <summary>Shortest token: whoever can reach the address may try as often as he likes.</summary>
    public const int LeastTokenLength = 16;

    private const int MostViewers = 100;
    private const int LeastIntervalMs = 250;
    private const int MostIntervalMs = 10_000;

    /// <summary>Whether there is one; false is the default.</summary>
    public bool Enabled { get; set; }

    /// <summary>IP address of this machine that it listens on; one that is not a loopback needs a <see cref="Token"/>.</summary>
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>Port, 0 to 65535; 0 lets the kernel pick one, which the log tells.</summary>
    public int Port { get; set; } = 7090;

    /// <summary>What has to be known to see it, <see cref="LeastTokenLength"/> characters or more; null asks for nothing.</summary>
    public string? Token { get; set; }

    /// <summary>How many may look at a time, 1 to 100; the next one is answered by 503.</summary>
    public int MaxViewers { get; set; } = 8;

    /// <summary>Milliseconds between two reports, 250 to 10000. All who look share them; while nobody does there are none.</summary>
    public int IntervalMs { get; set; } = 1_000;

    /// <summary>What is wrong, a sentence for each mistake with key, value and range.</summary>
    internal IEnumerable<string> Mistakes()
    {
        bool isAddress = IPAddress.TryParse(Address, out IPAddress? address);
        if (!isAddress)
        {
            yield return Text($"FlexSc:Dashboard:Address must be an IP address of this machine, not '{Address}'");
        }

        if (Port is < 0 or > ushort.MaxValue)
        {
            yield return Text($"FlexSc:Dashboard:Port must be 0 to {ushort.MaxValue}, not {Port}");
        }

        if (MaxViewers is < 1 or > MostViewers)
        {
            yield return Text($"FlexSc:Dashboard:MaxViewers must be 1 to {MostViewers}, not {MaxViewers}");
        }

        if (IntervalMs is < LeastIntervalMs or > MostIntervalMs)
        {
            yield return Text($"FlexSc:Dashboard:IntervalMs must be {LeastIntervalMs} to {MostIntervalMs}, not {IntervalMs}");
        }

        if (Token is { Length: < LeastTokenLength })
        {
            yield return Text($"FlexSc:Dashboard:Token must have {LeastTokenLength} characters or more");
        }

        if (isAddress && !IPAddress.IsLoopback(address!) && Token is null)
        {
            yield return Text($"FlexSc:Dashboard:Token is missing: whoever reaches {Address} would see the dashboard");
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
