namespace FlexSc.LoadTests.Report;

internal static class FileNames
{
    /// <summary>A title with an underscore for whatever a file's name had better not have.</summary>
    public static string Of(string title) =>
        string.Concat(title.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-' ? letter : '_'));
}
