using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace FlexSc.Akka;

/// <summary>Keys below <c>flexsc</c> that an application sets and nobody reads: most often a misspelling, which would act silently.</summary>
internal static class UnknownKeys
{
    private const string Root = "flexsc";

    /// <summary>Sections whose keys others read: Akka.NET's own code, and FlexSc.Akka.Streams, which looks at them itself.</summary>
    private static readonly string[] SectionsOfOthers = ["flexsc.dispatcher", "flexsc.mailbox", "flexsc.streams"];

    /// <summary>Keys that there were, and what says the same now.</summary>
    private static readonly Dictionary<string, string> Former = new(StringComparer.Ordinal)
    {
        ["flexsc.placement.slow-run-ms"] = "flexsc.eviction.slow-run-ms",
        ["flexsc.placement.adaptive.evict-after-ms"] = "flexsc.loops.stall-warning-ms",
        ["flexsc.placement.adaptive.evict-after-slow-runs"] = "flexsc.eviction.slow-runs",
        ["flexsc.placement.adaptive.clean-period-ms"] = "flexsc.eviction.clean-period-ms",
    };

    /// <summary>A sentence for each unknown key, with what says the same now, or the nearest known one.</summary>
    public static IReadOnlyList<string> Warnings(Config application) => Warnings(application, Root, FlexScConfig.Reference, SectionsOfOthers);

    /// <summary>The same for the keys below a path.</summary>
    /// <param name="application">What an application sets.</param>
    /// <param name="root">The path.</param>
    /// <param name="reference">The keys that are known.</param>
    /// <param name="others">Paths below it that are left out.</param>
    public static IReadOnlyList<string> Warnings(Config application, string root, Config reference, params string[] others)
    {
        if (!application.HasPath(root))
        {
            return [];
        }

        string[] known = [.. PathsOf(reference, root)];
        HashSet<string> readable = [.. known, .. known.SelectMany(SectionsAbove)];
        return [.. PathsOf(application, root)
            .Where(path => !readable.Contains(path) && !others.Any(section => path.StartsWith(section + ".", StringComparison.Ordinal)))
            .Distinct()
            .Select(path => $"the key {path} is not known and has no effect; {RemedyFor(path, known)}")];
    }

    private static IEnumerable<string> PathsOf(Config config, string root) => PathsBelow(root, config.GetConfig(root).Root);

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

    private static string RemedyFor(string path, string[] known) =>
        Former.TryGetValue(path, out string? now) ? $"set {now} instead" : $"the nearest one is {Nearest(path, known)}";

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
