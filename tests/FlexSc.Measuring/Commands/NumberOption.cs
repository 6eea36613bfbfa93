using System.CommandLine;
using System.Globalization;

namespace FlexSc.Measuring.Commands;

/// <summary>Options whose values have a range. Without a value they are null, so that <c>--quick</c> can choose another default.</summary>
internal static class NumberOption
{
    public static Option<int?> Whole(string name, string description, int min, int max) => new(name)
    {
        Description = FormattableString.Invariant($"{description} [{min}..{max}]"),
        CustomParser = result =>
        {
            string text = result.Tokens[^1].Value;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= min && value <= max)
            {
                return value;
            }

            result.AddError(FormattableString.Invariant($"{name}: '{text}' is no number from {min} to {max}"));
            return null;
        },
    };

    public static Option<double?> Decimal(string name, string description, double min, double max) => new(name)
    {
        Description = FormattableString.Invariant($"{description} [{min}..{max}]"),
        CustomParser = result =>
        {
            string text = result.Tokens[^1].Value;
            if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) && value >= min && value <= max)
            {
                return value;
            }

            result.AddError(FormattableString.Invariant($"{name}: '{text}' is no number from {min} to {max}"));
            return null;
        },
    };

    /// <summary>The numbers of a list option, or null where it was not given: the library would answer an empty array.</summary>
    public static int[]? ListOf(this ParseResult result, Option<int[]?> option) =>
        result.GetResult(option) is null ? null : result.GetValue(option);

    /// <summary>Numbers separated by commas; each once.</summary>
    public static Option<int[]?> List(string name, string description, int min, int max) => new(name)
    {
        Description = FormattableString.Invariant($"{description} [{min}..{max}]"),
        CustomParser = result =>
        {
            List<int> values = [];
            string text = result.Tokens[^1].Value;
            foreach (string part in text.Split(','))
            {
                if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int value) || value < min || value > max || values.Contains(value))
                {
                    result.AddError(FormattableString.Invariant($"{name}: '{text}' is no list of different numbers from {min} to {max}, as in 16,128"));
                    return null;
                }

                values.Add(value);
            }

            return [.. values];
        },
    };
}
