namespace FlexSc.LoadTests.Report;

/// <summary>
/// The table of the build with NBomber, by hand: NBomber brings a Spectre.Console of its own, and the one that this repository uses
/// elsewhere has moved types to another assembly, so that a program built for the older one does not find them.
/// </summary>
internal sealed class TextTable
{
    private readonly List<string[]> _rows = [];

    public TextTable(params string[] columns) => _rows.Add(columns);

    public void AddRow(params string[] cells) => _rows.Add(cells);

    public void Write()
    {
        int[] widths = [.. Enumerable.Range(0, _rows.Max(row => row.Length)).Select(column => _rows.Max(row => row.Length > column ? row[column].Length : 0))];
        foreach (string[] row in _rows)
        {
            Console.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        }
    }
}
