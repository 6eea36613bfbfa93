using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace FlexSc.Akka;

/// <summary>Keys below <c>flexsc</c> that an application sets and nobody reads: most often a misspelling, which would act silently.</summary>
internal static class UnknownKeys
{
    private const string Root = "flexsc";

    /// <summary>Sections whose keys are Akka.NET's, read by its own code.</summary>
    private static readonly string[] SectionsOfAkka = ["flexsc.dispatcher", "flexsc.mailbox"];

    /// <summary>A sentence for each unknown key, with the nearest known one.</summary>
    public static IReadOnlyList<string> Warnings(Config application)
    {
        if (!application.HasPath(Root))
        {
            return [];
        }

        string[] known = [.. PathsOf(FlexScConfig.Reference)];
        HashSet<string> readable = [.. known, .. known.SelectMany(SectionsAbove)];
        return [.. PathsOf(application)
            .Where(path => !readable.Contains(path) && !SectionsOfAkka.Any(section => path.StartsWith(section + ".", StringComparison.Ordinal)))
            .Distinct()
            .Select(path => $"the key {path} is not known and has no effect; the nearest one is {Nearest(path, known)}")];
    }

    private static IEnumerable<string> PathsOf(Config config) => PathsBelow(Root, config.GetConfig(Root).Root);

    private static IEnumerable<string> PathsBelow(string path, HoconValue value) => value.IsObject()
        ? value.GetObject().Items.SelectMany(item => PathsBelow($"{path}.{item.Key}", item.Value))
        : [path];

    private static IEnumerable<string> SectionsAbove(string path)
    {
        for (int dot = path.LastIndexOf('.'); dot > 0; dot = path.LastIndexOf('.', dot - 1))
        {
            yield return path[..dot];
        }
    }

    private static string Nearest(string path, string[] known) => known.MinBy(candidate => Distance(path, candidate))!;

    /// <summary>Levenshtein's: letters to insert, delete or replace.</summary>
    private static int Distance(string from, string to)
    {
        int[] row = [.. Enumerable.Range(0, to.Length + 1)];
        for (int i = 1; i <= from.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.Length; j++)
            {
                int replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[to.Length];
    }
}
