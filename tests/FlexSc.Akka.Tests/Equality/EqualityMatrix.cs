using System.Text;

namespace FlexSc.Akka.Tests.Equality;

/// <summary>What was seen on both sides, as the table of docs/akka-io-differences.md.</summary>
internal sealed class EqualityMatrix
{
    private readonly StringBuilder _table = new();

    public int Rows { get; private set; }

    public int Better { get; private set; }

    public void Section(string title)
    {
        _table.Append("\n## ").Append(title).Append("\n\n");
        _table.Append("| an unmodified program | Akka.IO | FlexSC | |\n| --- | --- | --- | --- |\n");
    }

    public void Add(EqualityRow row, string stock, string flexSc)
    {
        Rows++;
        bool same = stock == flexSc;
        Better += same ? 0 : 1;
        _table.Append("| ").Append(Cell(row.Stimulus)).Append(" | ").Append(Cell(stock)).Append(" | ")
            .Append(same ? "the same" : Cell(flexSc)).Append(" | ").Append(NoteOf(row, same)).Append(" |\n");
    }

    public override string ToString() => _table.ToString();

    private static string NoteOf(EqualityRow row, bool same)
    {
        string[] notes =
        [
            .. same ? Array.Empty<string>() : [$"better: {row.Better!.Why}"],
            .. row.Compat is null ? Array.Empty<string>()
                : [row.Documented is null ? $"`{row.Compat}` restores it" : $"without `{row.Compat}`, as documented: {Cell(row.Documented)}"],
        ];
        return string.Join("; ", notes);
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
