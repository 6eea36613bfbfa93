using System.Text;

namespace FlexSc.Benchmarks.Report.Pages;

/// <summary>Text of a page. Every cell is escaped: remarks hold what programs print.</summary>
internal sealed class Markdown
{
    private readonly StringBuilder _text = new();

    public Markdown Heading(int level, string text) => Block($"{new string('#', level)} {text}");

    public Markdown Paragraph(string text) => Block(text);

    public Markdown Image(string alt, string file) => Block($"![{alt}]({file})");

    public Markdown List(IEnumerable<string> items)
    {
        foreach (string item in items)
        {
            _text.Append("- ").Append(Inline(item)).Append('\n');
        }

        _text.Append('\n');
        return this;
    }

    public Markdown Table(TextTable table, int? headingLevel = null)
    {
        if (headingLevel is { } level)
        {
            Heading(level, table.Title);
        }

        AppendRow(Enumerable.Range(0, table.Columns.Length).Select(table.Header));
        AppendRow(Enumerable.Range(0, table.Columns.Length).Select(column => table.IsWords(column) ? "---" : "---:"));
        foreach (string[] row in table.Rows)
        {
            AppendRow(row.Select(Inline));
        }

        _text.Append('\n');
        return table.Notes.Count > 0 ? List(table.Notes) : this;
    }

    public override string ToString() => _text.ToString().TrimEnd('\n') + "\n";

    private Markdown Block(string text)
    {
        _text.Append(text).Append("\n\n");
        return this;
    }

    private void AppendRow(IEnumerable<string> cells) => _text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");

    private static string Inline(string text) => text
        .Replace("|", "\\|", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal)
        .ReplaceLineEndings(" ");
}
