using System.Globalization;
using System.Text;

namespace FlexSc.Akka.Hosting;

/// <summary>Heads of HTTP as the dashboard's own server needs them: one request a connection, without a body.</summary>
internal static class DashboardHead
{
    /// <summary>Most bytes of a request's head.</summary>
    public const int MostBytes = 8 * 1024;

    private static readonly byte[] End = "\r\n\r\n"u8.ToArray();

    /// <summary>Whether a head has come to its end.</summary>
    public static bool IsWhole(ReadOnlySpan<byte> received) => received.IndexOf(End) >= 0;

    /// <summary>The request; null for anything that is not a request of HTTP/1.0 or 1.1 (RFC 9112) with an origin-form target.</summary>
    public static DashboardRequest? Read(ReadOnlySpan<byte> received)
    {
        int end = received.IndexOf(End);
        if (end < 0 || received[..end].ContainsAnyExceptInRange((byte)'\t', (byte)'~'))
        {
            return null;
        }

        string[] lines = Encoding.ASCII.GetString(received[..end]).Split("\r\n");
        if (lines[0].Split(' ') is not [var method, ['/', ..] target, "HTTP/1.1" or "HTTP/1.0"] || method.Length == 0)
        {
            return null;
        }

        Dictionary<string, string> fields = new(StringComparer.OrdinalIgnoreCase);
        foreach (string line in lines.AsSpan(1))
        {
            // A line that continues the one before, or has two readings otherwise, is none; neither is a field that must be there but once.
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || line.AsSpan(0, colon).ContainsAny(" \t\n") || line.Contains('\n', StringComparison.Ordinal)
                || (!fields.TryAdd(line[..colon], line[(colon + 1)..].Trim()) && IsSingle(line[..colon])))
            {
                return null;
            }
        }

        int query = target.IndexOf('?', StringComparison.Ordinal);
        return new DashboardRequest(method, query < 0 ? target : target[..query], query < 0 ? "" : target[query..])
        {
            Host = fields.GetValueOrDefault("Host"),
            Authorization = fields.GetValueOrDefault("Authorization"),
            Cookie = fields.GetValueOrDefault("Cookie"),
        };
    }

    /// <summary>The head of an answer whose connection ends with it.</summary>
    public static byte[] Write(DashboardAnswer answer)
    {
        StringBuilder head = new();
        head.Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {answer.Status} {ReasonOf(answer.Status)}\r\nConnection: close\r\n");
        foreach (KeyValuePair<string, string> field in answer.Fields)
        {
            head.Append(CultureInfo.InvariantCulture, $"{field.Key}: {field.Value}\r\n");
        }

        if (!answer.IsEventStream)
        {
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {answer.Content.Length}\r\n");
        }

        return Encoding.ASCII.GetBytes(head.Append("\r\n").ToString());
    }

    private static bool IsSingle(string name) =>
        name.Equals("Host", StringComparison.OrdinalIgnoreCase) || name.Equals("Authorization", StringComparison.OrdinalIgnoreCase);

    private static string ReasonOf(int status) => status switch
    {
        200 => "OK",
        303 => "See Other",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        431 => "Request Header Fields Too Large",
        503 => "Service Unavailable",
        _ => "Unknown",
    };
}
