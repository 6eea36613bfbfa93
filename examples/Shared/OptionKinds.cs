using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using FlexSc.Interop.Linux;

namespace FlexSc.Examples.Shared;

/// <summary>Options of a command whose mistakes are told with their name.</summary>
internal static class OptionKinds
{
    /// <summary>A number within bounds, which the help shows.</summary>
    public static Option<int> Number(string name, string description, int defaultValue, int min, int max) => new(name)
    {
        Description = string.Create(CultureInfo.InvariantCulture, $"{description} [{min}..{max}]"),
        DefaultValueFactory = _ => defaultValue,
        CustomParser = result => int.TryParse(TextOf(result), NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= min && value <= max
            ? value
            : Fail<int>(result, string.Create(CultureInfo.InvariantCulture, $"{name} must be a number from {min} to {max}, not '{TextOf(result)}'.")),
    };

    /// <summary>A number within bounds, or the word <c>auto</c> for what suits the machine.</summary>
    public static Option<int> NumberOrAuto(string name, string description, int defaultValue, int min, int max, Func<int> automatic) => new(name)
    {
        Description = string.Create(CultureInfo.InvariantCulture, $"{description} [{min}..{max}, auto]"),
        DefaultValueFactory = _ => defaultValue,
        CustomParser = result => TextOf(result) == "auto" ? Math.Clamp(automatic(), min, max)
            : int.TryParse(TextOf(result), NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= min && value <= max ? value
            : Fail<int>(result, string.Create(CultureInfo.InvariantCulture, $"{name} must be a number from {min} to {max}, or auto, not '{TextOf(result)}'.")),
    };

    /// <summary>One of several words, the first by default.</summary>
    public static Option<string> Choice(string name, string description, params string[] words)
    {
        Option<string> option = new(name) { Description = description, DefaultValueFactory = _ => words[0] };
        option.AcceptOnlyFromAmong(words);
        return option;
    }

    /// <summary>A list of cores; empty by default.</summary>
    public static Option<int[]> Cores(string name, string description) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => [],
        CustomParser = result => CpuList.TryParse(TextOf(result), out IReadOnlyList<int> cpus, out string? mistake)
            ? [.. cpus]
            : Fail<int[]>(result, $"{name} {mistake}."),
    };

    /// <summary>Refuses what was given for an option, with the reason.</summary>
    public static T? Fail<T>(ArgumentResult result, string reason)
    {
        result.AddError(reason);
        return default;
    }

    /// <summary>Whether an option stands in the command line.</summary>
    public static bool IsGiven(this ParseResult result, Option option) => result.GetResult(option) is { Implicit: false };

    private static string TextOf(ArgumentResult result) => string.Join(',', result.Tokens.Select(static token => token.Value));
}
