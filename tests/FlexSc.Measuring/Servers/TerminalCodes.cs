using System.Text.RegularExpressions;

namespace FlexSc.Measuring.Servers;

/// <summary>Colours and other codes for terminals, which some servers print whether or not a terminal reads them.</summary>
internal static partial class TerminalCodes
{
    /// <summary>The text that a terminal would show.</summary>
    public static string Remove(string text) => ControlSequence().Replace(text, "");

    // A control sequence as ECMA-48 (5.4) defines it: CSI, parameter bytes, intermediate bytes, a final byte.
    [GeneratedRegex(@"\x1b\[[\x30-\x3f]*[\x20-\x2f]*[\x40-\x7e]")]
    private static partial Regex ControlSequence();
}
