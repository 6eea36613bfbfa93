using System.CommandLine;
using FlexSc.Measuring.Commands;

namespace FlexSc.Benchmarks.Commands;

/// <summary>An option with the value that it has where it is left out, and that with <c>--quick</c>: its description and the run take it from here.</summary>
/// <typeparam name="T">Of its values.</typeparam>
internal sealed class UsualOption<T> : Option<T?>
    where T : struct
{
    private readonly T _usual;
    private readonly T _quick;

    /// <param name="range">Its name, description and range.</param>
    /// <param name="usual">Without it.</param>
    /// <param name="quick">Without it, with <c>--quick</c>.</param>
    public UsualOption(Option<T?> range, T usual, T quick)
        : base(range.Name)
    {
        Description = range.Description;
        CustomParser = range.CustomParser;
        (_usual, _quick) = (usual, quick);
    }

    public T Of(ParseResult result, bool isQuick = false) => result.GetValue(this) ?? (isQuick ? _quick : _usual);
}

/// <summary>Such options of numbers.</summary>
internal static class UsualOption
{
    /// <param name="name">Of the option.</param>
    /// <param name="subject">What it says, without the values that it has by itself.</param>
    /// <param name="usual">Without it.</param>
    /// <param name="min">The least.</param>
    /// <param name="max">The most.</param>
    /// <param name="quick">Without it, with <c>--quick</c>; null for the usual one.</param>
    public static UsualOption<int> Whole(string name, string subject, int usual, int min, int max, int? quick = null) =>
        new(NumberOption.Whole(name, Describe(subject, usual, quick), min, max), usual, quick ?? usual);

    /// <inheritdoc cref="Whole"/>
    public static UsualOption<double> Decimal(string name, string subject, double usual, double min, double max, double? quick = null) =>
        new(NumberOption.Decimal(name, Describe(subject, usual, quick), min, max), usual, quick ?? usual);

    private static string Describe<T>(string subject, T usual, T? quick)
        where T : struct => quick is { } other
            ? FormattableString.Invariant($"{subject}; default {usual}, quick {other}.")
            : FormattableString.Invariant($"{subject}; default {usual}.");
}
