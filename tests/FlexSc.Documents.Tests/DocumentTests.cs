using FlexSc.Measuring.Builds;
using Xunit;

namespace FlexSc.Documents.Tests;

public sealed class DocumentTests
{
    private static readonly Dictionary<string, Document> ByPath =
        Document.All.ToDictionary(static document => document.Path, StringComparer.Ordinal);

    /// <summary>They speak of what was, and of what may have another name by now.</summary>
    private static readonly string[] History = ["CHANGELOG.md", "docs/decisions/"];

    /// <summary>The C library has files whose names look like keys, and no configuration.</summary>
    private const string Library = "kernel/";

    /// <summary>Folders that a path in the text begins with.</summary>
    private static readonly string[] Folders =
        ["docs/", "tests/", "examples/", "kernel/", ".ci/", "FlexSc.Akka/", "FlexSc.Interop/", "FlexSc.Tool/", "FlexSc.Akka.Hosting/",
        "FlexSc.Akka.Streams/"];

    [Fact]
    public void Every_link_leads_to_a_file_and_an_anchor()
    {
        (Document From, Link Link)[] links =
            [.. Document.All.SelectMany(static document => document.Links.Select(link => (document, link)))];
        string[] broken =
        [
            .. links.Where(static pair => !Exists(pair.Link.Path))
                .Select(static pair => $"{pair.From}: {pair.Link.Url}: there is no {pair.Link.Path}"),
            .. links.Where(static pair => Exists(pair.Link.Path) && pair.Link.Anchor.Length > 0 && !HasAnchor(pair.Link))
                .Select(static pair => $"{pair.From}: {pair.Link.Url}: {pair.Link.Path} has no such heading"),
        ];

        Assert.True(links.Length > 100, $"only {links.Length} links were seen");
        Assert.True(broken.Length == 0, string.Join('\n', broken));
    }

    [Fact]
    public void Every_page_is_led_to_by_a_table_of_contents()
    {
        Queue<string> open = new();
        foreach ((string toc, Link[] entries) in Document.Contents)
        {
            foreach (Link entry in entries)
            {
                // The pages of the interface are made when the site is.
                Assert.True(Exists(entry.Path) || entry.Path == "docs/api", $"{toc} names {entry.Url}, which is not there");
                open.Enqueue(entry.Path);
            }
        }

        HashSet<string> reached = [];
        while (open.TryDequeue(out string? path))
        {
            if (reached.Add(path) && ByPath.TryGetValue(path, out Document? document))
            {
                foreach (Link link in document.Links)
                {
                    open.Enqueue(link.Path);
                }
            }
        }

        string[] lost =
        [
            .. Document.All.Select(static document => document.Path)
                .Where(path => path.StartsWith("docs/", StringComparison.Ordinal) && !reached.Contains(path)),
        ];
        Assert.True(lost.Length == 0, $"no table of contents (docs/*/toc.yml) leads to these pages, add a line: {string.Join(' ', lost)}");
    }

    [Fact]
    public void Every_configuration_key_that_is_named_exists()
    {
        List<string> unknown = [];
        foreach (Document document in Present().Where(static document => !document.Path.StartsWith(Library, StringComparison.Ordinal)))
        {
            unknown.AddRange(ConfigKeys.Unknown(document.Text).Distinct().Select(key => $"{document}: {key} is no key"));
            unknown.AddRange(document.CodeBlocks.Where(static block => block.Language == "hocon")
                .SelectMany(static block => ConfigKeys.UnknownOf(block.Code)).Select(key => $"{document}: {key} is no key"));
        }

        Assert.True(unknown.Count == 0, string.Join('\n', unknown));
    }

    [Fact]
    public void Every_command_and_option_that_is_shown_exists()
    {
        ShownCommand[] commands = [.. Present().SelectMany(ShownCommand.Of)];
        Assert.True(commands.Length > 20, $"only {commands.Length} commands were seen");
        string[] mistakes = [.. commands.SelectMany(static command => command.Mistakes())];
        Assert.True(mistakes.Length == 0, string.Join('\n', mistakes));
    }

    [Fact]
    public void Every_path_that_is_named_exists()
    {
        string[] missing =
        [
            .. Present().SelectMany(static document => document.CodeSpans
                .Where(static span => Folders.Any(folder => span.StartsWith(folder, StringComparison.Ordinal)))
                .Where(static span => span.IndexOfAny(['*', '<', '{', '#']) < 0)
                .Select(static span => span.Split(' ')[0].TrimEnd('/', ':'))
                .Where(path => !Exists(path) && !Exists($"kernel/{path}"))
                .Select(path => $"{document}: there is no {path}")),
        ];
        Assert.True(missing.Length == 0, string.Join('\n', missing));
    }

    [Theory]
    [InlineData("set `flexsc.loops.count` and flexsc.loops.batch-wait-us.", new string[0])]
    [InlineData("`flexsc.loops.counts` is misspelt, akka.actor.default-dispatcher.type is Akka's", new[] { "flexsc.loops.counts" })]
    [InlineData("the instrument `flexsc.loop.turns`, the file flexsc.ko.xz and https://host/flexsc.loops.x", new[] { "flexsc.ko.xz" })]
    [InlineData("`FlexSc:Loops:BatchWaitUs`, `FlexSc:Enabled`, `FlexSc:ActorsOnLoops`, `FlexSc:Loops:Cuont`", new[] { "Loops:Cuont" })]
    public void A_key_that_is_none_is_found(string text, string[] unknown) => Assert.Equal(unknown, ConfigKeys.Unknown(text));

    [Fact]
    public void A_key_of_a_block_that_is_none_is_found() =>
        Assert.Equal(["flexsc.loops.cuont"], ConfigKeys.UnknownOf("flexsc { loops { cuont = 2\n count = 2 } }"));

    [Fact]
    public void A_command_that_is_none_is_found()
    {
        Assert.Empty(new ShownCommand("page", "tests/FlexSc.Benchmarks", ["all", "--quick"]).Mistakes());
        Assert.Equal(["page: there is no project tests/Nothing"], new ShownCommand("page", "tests/Nothing", []).Mistakes());
        Assert.Equal(
            ["page: tests/FlexSc.Benchmarks knows no everything", "page: tests/FlexSc.Benchmarks knows no --quickly"],
            new ShownCommand("page", "tests/FlexSc.Benchmarks", ["everything", "--quickly"]).Mistakes());
    }

    private static IEnumerable<Document> Present() =>
        Document.All.Where(static document => !History.Any(past => document.Path.StartsWith(past, StringComparison.Ordinal)));

    private static bool HasAnchor(Link link) => ByPath.TryGetValue(link.Path, out Document? target) && target.Anchors.Contains(link.Anchor);

    private static bool Exists(string path)
    {
        string full = Path.Combine(Repository.Root(), path);
        return File.Exists(full) || Directory.Exists(full);
    }
}
