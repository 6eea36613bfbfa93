using System.Runtime.CompilerServices;
using System.Text;
using Akka.Configuration;
using Xunit;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace FlexSc.Akka.Tests.Equality;

/// <summary>
/// An unmodified Akka.IO program sees on FlexSC what it sees on Akka.IO, or what a row of the matrix says to be better. Each row runs
/// on both, on FlexSC also without io_uring. <c>FLEXSC_WRITE_MATRIX=1</c> rewrites the document from what was seen.
/// </summary>
public sealed class EqualitySpec(MatrixOutput output) : IClassFixture<MatrixOutput>
{
    private const string Rewrite = "FLEXSC_WRITE_MATRIX";
    private const string Begin = "<!-- written by EqualitySpec -->\n";
    private const string BeginUnix = "<!-- Unix sockets, written by EqualitySpec -->\n";
    private const string End = "<!-- end -->\n";

    private static readonly (string Title, IReadOnlyList<EqualityRow> Rows)[] Sections =
    [
        ("Listening", BindingRows.All),
        ("Connecting", ConnectingRows.All),
        ("Reading", ReadingRows.All),
        ("Writing", WritingRows.All),
        ("Ends", EndRows.All),
        ("Settings", SettingRows.All),
    ];

    [Fact]
    public async Task Every_row_is_the_same_or_better_and_the_document_says_so()
    {
        EqualityMatrix matrix = new();
        List<string> worse = [];
        foreach ((string title, IReadOnlyList<EqualityRow> rows) in Sections)
        {
            matrix.Section(title);
            foreach (EqualityRow row in rows)
            {
                string stock = await ObserveAsync(row, Side.Stock);
                string flexSc = await ObserveAsync(row, Side.FlexSc);
                string fallback = await ObserveAsync(row, Side.FlexScFallback);
                string wanted = row.Better?.Seen ?? stock;
                if (flexSc != wanted || fallback != wanted)
                {
                    worse.Add($"{row.Name} ({row.Stimulus}): Akka.IO: {stock}; FlexSC: {flexSc}; without io_uring: {fallback}; wanted: {wanted}");
                }
                else if (row.Better is not null && stock == flexSc)
                {
                    worse.Add($"{row.Name}: no difference any more, so none is to be declared");
                }
                else
                {
                    matrix.Add(row, stock, flexSc);
                    worse.AddRange(await DifferencesByCompatAsync(row, stock));
                }
            }
        }

        output.WriteLine($"{matrix.Rows} rows, {matrix.Rows - matrix.Better} the same, {matrix.Better} better, {worse.Count} worse\n{matrix}");
        Assert.True(worse.Count == 0, string.Join('\n', worse));
        AssertDocument(Begin, matrix.ToString());
    }

    [Fact]
    public async Task Over_a_Unix_socket_it_is_as_over_TCP_or_as_the_row_says()
    {
        StringBuilder table = new("\n| a program on FlexSC | over TCP | over a Unix socket |\n| --- | --- | --- |\n");
        List<string> wrong = [];
        int same = 0;
        foreach (EqualityRow row in (EqualityRow[])[.. ReadingRows.All, .. WritingRows.All, .. EndRows.All])
        {
            string tcp = await ObserveAsync(row, Side.FlexSc);
            string wanted = row.OverUnix ?? tcp;
            foreach (Side side in (Side[])[Side.FlexSc, Side.FlexScFallback])
            {
                string seen = await ObserveAsync(row, side, overUnix: true);
                if (seen != wanted)
                {
                    wrong.Add($"{row.Name} on {side}: over TCP: {tcp}; over a Unix socket: {seen}; wanted: {wanted}");
                }
            }

            same += row.OverUnix is null ? 1 : 0;
            if (row.OverUnix is not null)
            {
                table.Append("| ").Append(row.Stimulus).Append(" | ").Append(tcp).Append(" | ").Append(row.OverUnix).Append(" |\n");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        AssertDocument(BeginUnix, $"\n{same} rows of reading, writing and ends are the same. A Unix socket knows no reset (unix(7)):\n{table}");
    }

    [Fact]
    public void Rows_have_names_of_their_own()
    {
        string[] names = [.. Sections.SelectMany(static section => section.Rows).Select(static row => row.Name)];
        Assert.Equal(names, names.Distinct());
    }

    [Fact]
    public void Every_key_of_akka_io_tcp_is_set_by_a_row()
    {
        string[] keys = KeysOf(ConfigurationFactory.Default());
        IEnumerable<string> set = Sections.SelectMany(static section => section.Rows)
            .SelectMany(static row => KeysOf(ConfigurationFactory.ParseString(row.Config)));
        Assert.True(keys.Length > 10, "the keys of Akka.NET's own reference.conf are not found");
        Assert.Empty(keys.Except(set));
    }

    private static string[] KeysOf(Config config) =>
        config.HasPath("akka.io.tcp") ? [.. config.GetConfig("akka.io.tcp").Root.GetObject().Items.Keys] : [];

    /// <summary>What the other setting of a row's compatibility shows against what it should.</summary>
    private static async Task<List<string>> DifferencesByCompatAsync(EqualityRow row, string stock)
    {
        List<string> differences = [];
        if (row.Compat is null)
        {
            return differences;
        }

        string wanted = row.Documented ?? stock;
        string setting = row.Documented is null ? $"flexsc.tcp.compat = [{row.Compat}]" : "flexsc.tcp.compat = []";
        foreach (Side side in (Side[])[Side.FlexSc, Side.FlexScFallback])
        {
            string seen = await ObserveAsync(row with { Config = $"{row.Config}\n{setting}" }, side);
            if (seen != wanted)
            {
                differences.Add($"{row.Name} with {setting} on {side}: {seen}; wanted: {wanted}");
            }
        }

        return differences;
    }

    private static async Task<string> ObserveAsync(EqualityRow row, Side side, bool overUnix = false)
    {
        using EqualityBench bench = new(side, row.Config, overUnix);
        try
        {
            return await row.ObserveAsync(bench);
        }
        catch (Exception exception)
        {
            return $"{exception.GetType().Name}: {exception.Message}";
        }
    }

    private static void AssertDocument(string mark, string table)
    {
        string file = Path.Combine(RepositoryFolder(), "docs", "akka-io-differences.md");
        string text = File.ReadAllText(file).ReplaceLineEndings("\n");
        int begin = text.IndexOf(mark, StringComparison.Ordinal) + mark.Length;
        int end = text.IndexOf(End, begin, StringComparison.Ordinal);
        Assert.True(begin >= mark.Length && end >= 0, $"{file} lacks the marks {mark.Trim()} and {End.Trim()}");
        if (Environment.GetEnvironmentVariable(Rewrite) == "1")
        {
            text = text[..begin] + table + text[end..];
            File.WriteAllText(file, text);
            end = begin + table.Length;
        }

        Assert.True(text[begin..end] == table, $"{file} says something else than what was seen: {Rewrite}=1 rewrites it\n{table}");
    }

    private static string RepositoryFolder([CallerFilePath] string source = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(source)!, "..", "..", ".."));
}

/// <summary>Prints where a test that passes is seen in the output of "dotnet test", as the runner's own messages are.</summary>
public sealed class MatrixOutput(IMessageSink sink)
{
    public void WriteLine(string text) => sink.OnMessage(new DiagnosticMessage(text));
}
