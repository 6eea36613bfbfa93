namespace FlexSc.Benchmarks.Report;

/// <summary>A table before anyone has decided where it is written to.</summary>
/// <param name="Title">What it is about.</param>
/// <param name="Columns">Names of the columns; a name that begins with '&lt;' is of a column of words, the others hold figures.</param>
internal sealed record TextTable(string Title, params string[] Columns)
{
    private const char Words = '<';

    public List<string[]> Rows { get; } = [];

    /// <summary>Lines below the table.</summary>
    public List<string> Notes { get; } = [];

    public bool IsWords(int column) => Columns[column][0] == Words;

    public string Header(int column) => Columns[column].TrimStart(Words);

    public void Add(params string[] cells) => Rows.Add(cells);
}
