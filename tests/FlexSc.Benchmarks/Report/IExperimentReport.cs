namespace FlexSc.Benchmarks.Report;

/// <summary>What came of a command with a report of its own. All of its properties go into the file.</summary>
internal interface IExperimentReport
{
    /// <summary>Whether everything that was asked for has its figures.</summary>
    bool IsWhole { get; }

    /// <summary>Why some figures are missing.</summary>
    IReadOnlyList<string> Failures { get; }

    IEnumerable<TextTable> ToTables();
}
