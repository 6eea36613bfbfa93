using Spectre.Console;

namespace FlexSc.LoadTests.Report;

/// <summary>A table on standard output.</summary>
internal sealed class TextTable
{
    private const int RedirectedWidth = 180;
    private readonly Table _table = new();

    public TextTable(params string[] columns)
    {
        foreach (string column in columns)
        {
            _table.AddColumn(column);
        }
    }

    public void AddRow(params string[] cells) => _table.AddRow([.. cells.Select(Markup.Escape)]);

    public void Write()
    {
        if (Console.IsOutputRedirected)
        {
            // The width of a file is not known; a narrow one would break every row.
            AnsiConsole.Profile.Width = RedirectedWidth;
        }

        AnsiConsole.Write(_table);
    }
}
