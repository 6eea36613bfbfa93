using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace FlexSc.Akka.Hosting;

/// <summary>
/// Who may see the dashboard. With a token: who knows it, by the field Authorization, or by a cookie that a browser gets for it. Without
/// one: requests to an address or to localhost, so that no page from elsewhere reads it by a name that it had resolved to here.
/// </summary>
/// <param name="token">The token; null for none.</param>
internal sealed class DashboardAccess(string? token)
{
    private const string CookieName = "flexsc-dashboard";
    private const string Bearer = "Bearer ";

    // The cookie tells neither the token nor lives longer than the process.
    private readonly string _cookie = token is null ? "" : Convert.ToHexStringLower(
        HMACSHA256.HashData(RandomNumberGenerator.GetBytes(HMACSHA256.HashSizeInBytes), Encoding.UTF8.GetBytes(token)));

    private readonly byte[] _token = token is null ? [] : Hash(token);

    /// <summary>Whether a token is asked for.</summary>
    public bool NeedsToken => token is not null;

    /// <summary>Whether a request may be answered at all.</summary>
    public bool IsHostKnown(string? host) => NeedsToken || (host is not null && IsOwnName(host));

    /// <summary>Whether a request is of somebody who may see the dashboard.</summary>
    public bool IsAllowed(DashboardRequest request) => !NeedsToken || HasToken(request.Authorization) || HasCookie(request.Cookie);

    /// <summary>Whether it is the token; it takes as long whatever is wrong with it.</summary>
    public bool IsToken(string given) => NeedsToken && CryptographicOperations.FixedTimeEquals(Hash(given), _token);

    /// <summary>What a browser is to keep that has shown the token.</summary>
    public string SetCookie(bool isSecure) =>
        $"{CookieName}={_cookie}; Path={DashboardSite.Root}; HttpOnly; SameSite=Lax{(isSecure ? "; Secure" : "")}";

    // Hashes are of one length, so that neither the time nor an early end tells that of the token.
    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    private static bool IsOwnName(string host)
    {
        string name = host.StartsWith('[') ? host[1..Math.Max(1, host.IndexOf(']', StringComparison.Ordinal))] : host.Split(':')[0];
        return name.Equals("localhost", StringComparison.OrdinalIgnoreCase) || IPAddress.TryParse(name, out _);
    }

    private bool HasToken(string? authorization) =>
        authorization is not null && authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
            && IsToken(authorization[Bearer.Length..].Trim());

    private bool HasCookie(string? cookies)
    {
        const string start = $"{CookieName}=";
        byte[] expected = Hash(_cookie);
        return (cookies ?? "").Split(';', StringSplitOptions.TrimEntries).Any(cookie =>
            cookie.StartsWith(start, StringComparison.Ordinal)
            && CryptographicOperations.FixedTimeEquals(Hash(cookie[start.Length..]), expected));
    }
}
