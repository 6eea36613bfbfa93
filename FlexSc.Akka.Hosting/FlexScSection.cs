using System.Text;
using System.Text.RegularExpressions;
using Akka.Configuration;
using Microsoft.Extensions.Configuration;

namespace FlexSc.Akka.Hosting;

/// <summary>
/// The section FlexSc of a program's settings and the keys below <c>flexsc</c>, which are the same but for their spelling:
/// <c>FlexSc:Loops:BatchWaitUs</c> is <c>flexsc.loops.batch-wait-us</c>.
/// </summary>
internal static partial class FlexScSection
{
    /// <summary>Name of the section.</summary>
    public const string Name = "FlexSc";

    /// <summary>Name of the section below it that is of the dashboard and no key of <c>flexsc</c>.</summary>
    public const string Dashboard = "Dashboard";

    /// <summary>Switches that are no keys but several.</summary>
    private static readonly string[] Switches = [nameof(FlexScOptions.RedirectSockets), nameof(FlexScOptions.ActorsOnLoops)];

    /// <summary>All of the section as configuration, those keys included that <see cref="FlexScOptions"/> has no property for.</summary>
    public static Config ToConfig(IConfiguration section)
    {
        StringBuilder text = new();
        foreach ((string path, string? value) in section.AsEnumerable(makePathsRelative: true))
        {
            if (value is not null && !Switches.Contains(path, StringComparer.OrdinalIgnoreCase)
                && !path.StartsWith($"{Dashboard}:", StringComparison.OrdinalIgnoreCase))
            {
                text.Append("flexsc.").Append(KeyOf(path)).Append(" = \"").Append(Escape(value)).Append("\"\n");
            }
        }

        return ConfigurationFactory.ParseString(text.ToString());
    }

    /// <summary>A sentence with each key in the spelling of the settings, beside its own.</summary>
    public static string InSettingsSpelling(string sentence) => Key().Replace(sentence, static key => string.Join(
        ':', [Name, .. key.Groups["part"].Captures.Select(static part => string.Concat(part.Value.Split('-').Select(static word => char.ToUpperInvariant(word[0]) + word[1..])))]));

    private static string KeyOf(string path) => string.Join('.', path.Split(':').Select(static part => Hump().Replace(part, "-$0").ToLowerInvariant()));

    // Settings write true as True, a configuration in small letters.
    private static string Escape(string value) => bool.TryParse(value, out bool flag)
        ? (flag ? "on" : "off")
        : value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    [GeneratedRegex(@"\bflexsc(\.(?<part>[a-z]+(-[a-z]+)*))+")]
    private static partial Regex Key();

    [GeneratedRegex("(?<=[a-z])[A-Z]")]
    private static partial Regex Hump();
}
