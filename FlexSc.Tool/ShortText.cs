using System.Globalization;

namespace FlexSc.Tool;

/// <summary>Figures and names in few columns.</summary>
internal static class ShortText
{
    private const double Thousand = 1e3;
    private const double Million = 1e6;
    private const string Unknown = "-";

    /// <summary>About three digits: 0.4, 12, 3.1k, 310k, 1.2M.</summary>
    public static string Of(double? number) => number switch
    {
        null => Unknown,
        < 10 and double small when small != Math.Floor(small) => Text(small, "0.0"),
        < Thousand and double plain => Text(plain, "0"),
        < 10 * Thousand and double few => $"{Text(few / Thousand, "0.0")}k",
        < Million and double many => $"{Text(many / Thousand, "0")}k",
        double most => $"{Text(most / Million, "0.0")}M",
    };

    public static string Percent(double? part) => part is double value ? Text(value, "0%") : Unknown;

    /// <summary>The end of a path says most.</summary>
    public static string EndOf(string path, int most) => path.Length > most ? $"…{path[^(most - 1)..]}" : path;

    /// <summary>As much as a line takes.</summary>
    public static string BeginOf(string text, int most) => text.Length > most ? $"{text[..(most - 1)]}…" : text;

    private static string Text(double number, string format) => number.ToString(format, CultureInfo.InvariantCulture);
}
