using System.Text;
using System.Text.RegularExpressions;

namespace FlexSc.Documents.Tests;

/// <summary>The page of all keys, written from the reference.conf files.</summary>
internal static partial class ConfigurationPage
{
    /// <summary>Where the page is, in the repository.</summary>
    public const string Path = "docs/reference/configuration.md";

    /// <summary>The files in their order, with the package that each is of.</summary>
    public static readonly IReadOnlyList<string> Projects = ["FlexSc.Akka", "FlexSc.Akka.Streams"];

    public static string Write(Func<string, string> readConf)
    {
        StringBuilder page = new();
        page.Append(
            """
            # Configuration

            Every key with its default and its meaning, from the `reference.conf` files of the packages. An application sets them in its own
            configuration. With Akka.Hosting `flexsc.loops.batch-wait-us` is `FlexSc:Loops:BatchWaitUs` of the settings. A key that is not
            known is told in a warning with the nearest one that is, and a wrong value ends the start with a sentence that names key, value
            and range.

            <!-- written by tests/FlexSc.Documents.Tests from the reference.conf files: FLEXSC_WRITE_REFERENCE=1 rewrites it -->

            """);
        foreach (string project in Projects)
        {
            Append(page, project, ReferenceConf.Read(readConf(project)));
        }

        return page.ToString();
    }

    private static void Append(StringBuilder page, string project, ReferenceConf conf)
    {
        page.Append(FormattableString.Invariant($"\n## {project}\n"));
        foreach (ConfEntry entry in conf.Entries)
        {
            if (entry.Keys.Count == 0)
            {
                // A section without a word is seen from its keys.
                if (entry.Comment.Count > 0)
                {
                    page.Append(FormattableString.Invariant($"\n## {entry.Section}\n"));
                    Append(page, entry.Comment);
                }

                continue;
            }

            page.Append(FormattableString.Invariant($"\n### {string.Join(", ", entry.Keys.Select(static key => key.Path))}\n\n"));
            page.Append(entry.Keys.Count == 1
                ? FormattableString.Invariant($"Default: `{entry.Keys[0].Default}`.\n")
                : FormattableString.Invariant($"Defaults: {string.Join(", ", entry.Keys.Select(static key => $"`{key.Default}`"))}.\n"));
            Append(page, entry.Comment);
        }
    }

    /// <summary>Lines of text, and lists of "  name    meaning" with lines that go on below the meaning.</summary>
    private static void Append(StringBuilder page, IReadOnlyList<string> comment)
    {
        bool isList = false;
        page.Append(comment.Count > 0 ? "\n" : "");
        foreach (string line in comment)
        {
            if (ItemPattern().Match(line) is { Success: true } item)
            {
                page.Append(
                    FormattableString.Invariant($"{(isList ? "" : "\n")}- `{item.Groups[1].Value}`: {Escaped(item.Groups[2].Value)}\n"));
                isList = true;
            }
            else if (isList && line.StartsWith("    ", StringComparison.Ordinal))
            {
                page.Append("  ").Append(Escaped(line.Trim())).Append('\n');
            }
            else
            {
                page.Append(isList ? "\n" : "").Append(Escaped(line.Trim())).Append('\n');
                isList = false;
            }
        }
    }

    private static string Escaped(string text) => SpecialPattern().Replace(text, @"\$0");

    [GeneratedRegex(@"^ {3,}([a-z][a-z-]*) {2,}(\S.*)$")]
    private static partial Regex ItemPattern();

    [GeneratedRegex(@"[\\`*<>\[\]|]|(?<!\w)_|_(?!\w)")]
    private static partial Regex SpecialPattern();
}
