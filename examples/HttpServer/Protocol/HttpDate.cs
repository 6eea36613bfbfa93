using System.Globalization;

namespace FlexSc.Examples.HttpServer.Protocol;

/// <summary>HTTP dates (RFC 9110, 5.6.7): written in the one format, read in all three.</summary>
internal static class HttpDate
{
    public const int Length = 29;

    private static readonly string[] Formats =
    [
        "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
        "dddd, dd-MMM-yy HH:mm:ss 'GMT'",
        "ddd MMM d HH:mm:ss yyyy",
    ];

    public static void Write(DateTime utc, Span<byte> destination)
    {
        if (!utc.TryFormat(destination, out int written, "R", CultureInfo.InvariantCulture) || written != Length)
        {
            throw new ArgumentException($"an HTTP date needs {Length} bytes, {destination.Length} were given", nameof(destination));
        }
    }

    /// <returns>False for what is no HTTP date; such a field is to be ignored.</returns>
    public static bool TryRead(string text, out DateTime utc) =>
        DateTime.TryParseExact(
            text, Formats, CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal | DateTimeStyles.AllowInnerWhite, out utc);
}
