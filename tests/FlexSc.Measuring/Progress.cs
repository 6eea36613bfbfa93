namespace FlexSc.Measuring;

/// <summary>Lines about what goes on, on standard error: standard output carries the results.</summary>
internal static class Progress
{
    public static void Write(string line) => Console.Error.WriteLine(line);
}
