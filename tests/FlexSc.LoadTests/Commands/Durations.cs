using System.Globalization;

namespace FlexSc.LoadTests.Commands;

/// <summary>Times as people write them: a number and its unit.</summary>
internal static class Durations
{
    /// <summary>Reads "500ms", "30s", "5m" or "12h". A number without a unit is refused: nobody could tell what it means.</summary>
    public static bool TryParse(string text, out TimeSpan time)
    {
        (int unitLength, double secondsOfUnit) = text switch
        {
            _ when text.EndsWith("ms", StringComparison.Ordinal) => (2, 0.001),
            _ when text.EndsWith('s') => (1, 1.0),
            _ when text.EndsWith('m') => (1, 60.0),
            _ when text.EndsWith('h') => (1, 3600.0),
            _ => (0, 0.0),
        };
        bool parsed = double.TryParse(
            text.AsSpan(0, text.Length - unitLength), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number);
        const double MaxSeconds = 1e9;
        if (unitLength == 0 || !parsed || number * secondsOfUnit > MaxSeconds)
        {
            time = TimeSpan.Zero;
            return false;
        }

        time = TimeSpan.FromSeconds(number * secondsOfUnit);
        return true;
    }
}
