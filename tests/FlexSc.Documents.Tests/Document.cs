using System.Text.RegularExpressions;
using FlexSc.Measuring.Builds;
using Markdig;
using Markdig.Extensions.AutoIdentifiers;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace FlexSc.Documents.Tests;

/// <summary>A Markdown file of the repository.</summary>
internal sealed partial class Document
{
    /// <summary>What is made, such as the pages of the interface, and what belongs to somebody else.</summary>
    private static readonly string[] LeftOut = [".git", "bin", "obj", "artifacts", "api", "node_modules", "TestResults"];

    // As docfx reads it.
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder()
        .UseAutoIdentifiers(AutoIdentifierOptions.GitHub).UsePipeTables().Build();

    private readonly MarkdownDocument _tree;

    private Document(string path)
    {
        Path = path;
        Text = File.ReadAllText(System.IO.Path.Combine(Repository.Root(), path)).ReplaceLineEndings("\n");
        _tree = Markdown.Parse(Text, Pipeline);
    }

    /// <summary>In the repository, with slashes.</summary>
    public string Path { get; }

    public string Text { get; }

    public IEnumerable<string> Anchors =>
        _tree.Descendants<HeadingBlock>().Select(static heading => heading.GetAttributes().Id).OfType<string>();

    /// <summary>Links and pictures that are of the repository.</summary>
    public IEnumerable<Link> Links =>
        _tree.Descendants<LinkInline>().Select(static link => link.Url ?? "").Where(static url => !Link.NamesHost(url))
            .Select(url => Link.Of(Path, url));

    public IEnumerable<string> CodeSpans => _tree.Descendants<CodeInline>().Select(static span => span.Content);

    /// <summary>Blocks of code with their language, which is empty where none is named.</summary>
    public IEnumerable<(string Language, string Code)> CodeBlocks =>
        _tree.Descendants<FencedCodeBlock>().Select(static block => (block.Info ?? "", block.Lines.ToString()));

    /// <summary>All there are.</summary>
    public static IReadOnlyList<Document> All { get; } =
        [.. FilesBelow(Repository.Root(), ".md").Select(static path => new Document(path))];

    /// <summary>Tables of contents, which docfx reads, with what their entries name.</summary>
    public static IReadOnlyList<(string Path, Link[] Entries)> Contents { get; } =
        [.. FilesBelow(System.IO.Path.Combine(Repository.Root(), "docs"), "toc.yml").Select(static path => (path, EntriesOf(path)))];

    public override string ToString() => Path;

    private static Link[] EntriesOf(string contents) =>
    [
        .. HrefPattern().Matches(File.ReadAllText(System.IO.Path.Combine(Repository.Root(), contents)))
            .Select(match => Link.Of(contents, match.Groups[1].Value)),
    ];

    private static IEnumerable<string> FilesBelow(string folder, string ending) =>
    [
        .. Directory.EnumerateFiles(folder)
            .Where(file => file.EndsWith(ending, StringComparison.Ordinal))
            .Select(static file => System.IO.Path.GetRelativePath(Repository.Root(), file).Replace('\\', '/')),
        .. Directory.EnumerateDirectories(folder)
            .Where(static child => !LeftOut.Contains(System.IO.Path.GetFileName(child)) && new DirectoryInfo(child).LinkTarget is null)
            .SelectMany(child => FilesBelow(child, ending)),
    ];

    [GeneratedRegex(@"\b(?:href|topicHref|homepage):\s*([^\s,}]+)")]
    private static partial Regex HrefPattern();
}
