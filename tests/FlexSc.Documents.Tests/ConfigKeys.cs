using System.Text.RegularExpressions;
using Akka.Configuration;
using Akka.Configuration.Hocon;
using Akka.Streams;
using FlexSc.Measuring.Builds;

namespace FlexSc.Documents.Tests;

/// <summary>Which configuration keys there are, FlexSC's and Akka.NET's, and which a text names.</summary>
internal static partial class ConfigKeys
{
    /// <summary>Options of FlexScOptions that stand for keys of Akka.NET, not for a key of the same name.</summary>
    private static readonly string[] OptionsWithoutKey = ["RedirectSockets", "ActorsOnLoops"];

    private static readonly Lazy<HashSet<string>> Known = new(static () =>
    [
        .. ConfigurationPage.Projects
            .Select(static project => ConfigurationFactory.ParseString(
                File.ReadAllText(Path.Combine(Repository.Root(), project, "reference.conf"))))
            .Append(ConfigurationFactory.Default()).Append(ActorMaterializer.DefaultConfig())
            .SelectMany(PathsOf).SelectMany(WithSections),

        // Akka.NET reads these where they are set, and has no default of them in its own reference.conf.
        "akka.extensions", "akka.io.tcp.write-commands-queue-max-size",
    ]);

    /// <summary>
    /// Metrics, their tags and activities are named like keys; the page of them is compared with the meter by a test of its own.
    /// </summary>
    private static readonly Lazy<HashSet<string>> Metrics = new(static () =>
        [
            .. KeyPattern().Matches(File.ReadAllText(Path.Combine(Repository.Root(), "docs", "metrics.md")))
                .Select(static match => match.Value),
        ]);

    /// <summary>The dashboard's own section of the settings, which is no HOCON.</summary>
    private static readonly Lazy<HashSet<string>> DashboardSettings = new(static () =>
        [
            "Dashboard",
            .. OptionPattern().Matches(File.ReadAllText(Path.Combine(
                Repository.Root(), "FlexSc.Akka.Hosting", "Dashboard", "FlexScDashboardOptions.cs")))
                .Select(static match => $"Dashboard:{match.Groups[1].Value}"),
        ]);

    public static IEnumerable<string> PathsOf(Config config) => PathsBelow("", config.Root);

    /// <summary>What a text names as a key and is none.</summary>
    /// <param name="text">Text, with or without Markdown.</param>
    public static IEnumerable<string> Unknown(string text) =>
        KeyPattern().Matches(text).Select(static match => match.Value).Where(
            static key => !Known.Value.Contains(key) && !Metrics.Value.Contains(key))
            .Concat(SettingPattern().Matches(text).Select(static match => match.Groups[1].Value).Where(static path => !IsSetting(path)));

    /// <summary>The keys that a piece of configuration sets and that are none.</summary>
    /// <exception cref="ConfigurationException">It cannot be read.</exception>
    public static IEnumerable<string> UnknownOf(string hocon) => PathsOf(ConfigurationFactory.ParseString(hocon))
        .Where(static path => path.StartsWith("flexsc.", StringComparison.Ordinal) || path.StartsWith("akka.", StringComparison.Ordinal))
        .Where(static path => !Known.Value.Contains(path));

    private static bool IsSetting(string path) => OptionsWithoutKey.Contains(path) || DashboardSettings.Value.Contains(path)
        || Known.Value.Contains("flexsc." + string.Join(
            '.', path.Split(':').Select(static part => HumpPattern().Replace(part, "-$0").TrimStart('-').ToLowerInvariant())));

    private static IEnumerable<string> PathsBelow(string path, HoconValue? value) => value is not null && value.IsObject()
        ? value.GetObject().Items.SelectMany(item => PathsBelow(path.Length == 0 ? item.Key : $"{path}.{item.Key}", item.Value))
        : [path];

    private static IEnumerable<string> WithSections(string path)
    {
        yield return path;
        for (int dot = path.LastIndexOf('.'); dot > 0; dot = path.LastIndexOf('.', dot - 1))
        {
            yield return path[..dot];
        }
    }

    // Not a part of a longer word, path or address, such as a file's name.
    [GeneratedRegex(@"(?<![\w./@-])(?:flexsc|akka)(?:\.[a-z][a-z0-9-]*)+(?![\w(/])")]
    private static partial Regex KeyPattern();

    [GeneratedRegex(@"(?<!\w)FlexSc:([A-Z][A-Za-z]*(?::[A-Z][A-Za-z]*)*)")]
    private static partial Regex SettingPattern();

    [GeneratedRegex(@"public [\w?]+ (\w+) \{ get; set; \}")]
    private static partial Regex OptionPattern();

    [GeneratedRegex("[A-Z]")]
    private static partial Regex HumpPattern();
}
