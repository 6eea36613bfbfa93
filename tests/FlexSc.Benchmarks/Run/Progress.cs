namespace FlexSc.Benchmarks.Run;

/// <summary>Lines about what goes on, on standard error: standard output carries the tables.</summary>
internal static class Progress
{
    public static void Write(string line) => Console.Error.WriteLine(line);
}
