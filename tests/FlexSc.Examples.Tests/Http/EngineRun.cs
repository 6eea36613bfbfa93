using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using FlexSc.Examples.HttpServer.Protocol;

namespace FlexSc.Examples.Tests.Http;

/// <summary>An engine with what it wrote.</summary>
internal sealed partial class EngineRun
{
    private readonly ArrayBufferWriter<byte> _output = new();

    public EngineRun(params string[] pieces)
        : this(servesFiles: false)
    {
        foreach (string piece in pieces)
        {
            Feed(piece);
        }
    }

    public EngineRun(bool servesFiles) =>
        Engine = new HttpEngine(HttpLimits.Default, HttpResources.Samples | (servesFiles ? HttpResources.Files : HttpResources.None));

    public HttpEngine Engine { get; }

    public long BudgetBytes { get; init; } = long.MaxValue;

    public string Text => Encoding.Latin1.GetString(_output.WrittenSpan);

    public IReadOnlyList<string> Statuses => [.. StatusPattern().Matches(Text).Select(match => match.Groups[1].Value)];

    public void Feed(string piece) => Engine.Receive(Encoding.Latin1.GetBytes(piece), _output, BudgetBytes);

    public void Resume() => Engine.Resume(_output, BudgetBytes);

    [GeneratedRegex(@"HTTP/1\.1 (\d{3}) ")]
    private static partial Regex StatusPattern();
}
