using System.Text;
using Akka.Actor;
using Microsoft.Extensions.Options;

namespace FlexSc.Akka.Hosting;

/// <summary>
/// The dashboard without a server: what its requests are answered with, for a program that has a server of its own. One that has none
/// starts <see cref="FlexScDashboard"/>. From any thread.
/// </summary>
public sealed class DashboardSite : IDisposable
{
    /// <summary>Path of the page; all else of the dashboard is below it.</summary>
    public const string Root = "/flexsc";

    private const string Html = "text/html; charset=utf-8";
    private const string PlainText = "text/plain; charset=utf-8";

    private static readonly KeyValuePair<string, string>[] CommonFields =
    [
        // Nothing from elsewhere, no code and style but those of the dashboard's own files, no frame around it.
        new(
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
            + "base-uri 'none'; frame-ancestors 'none'"),
        new("X-Content-Type-Options", "nosniff"),
        new("Referrer-Policy", "no-referrer"),
        new("Cross-Origin-Resource-Policy", "same-origin"),
        new("Cache-Control", "no-store"),
    ];

    private static readonly ReadOnlyMemory<byte> Page = Resource("dashboard.html");
    private static readonly ReadOnlyMemory<byte> SignIn = Resource("sign-in.html");

    // The same page, which tells in its own place for it what was wrong.
    private static readonly ReadOnlyMemory<byte> SignInAgain = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(SignIn.Span)
        .Replace("aria-invalid=\"false\"", "aria-invalid=\"true\"", StringComparison.Ordinal)
        .Replace("role=\"alert\"></p>", "role=\"alert\">That is not the token.</p>", StringComparison.Ordinal));

    private static readonly Dictionary<string, (string ContentType, ReadOnlyMemory<byte> Content)> Parts = new(StringComparer.Ordinal)
    {
        [$"{Root}/dashboard.css"] = ("text/css; charset=utf-8", Resource("dashboard.css")),
        [$"{Root}/dashboard.js"] = ("text/javascript; charset=utf-8", Resource("dashboard.js")),
        [$"{Root}/icon.svg"] = ("image/svg+xml", Resource("icon.svg")),
    };

    private readonly DashboardAccess _access;
    private readonly DashboardFeed _feed;

    /// <summary>Makes it; it does nothing until somebody asks.</summary>
    /// <param name="system">Whose figures it shows.</param>
    /// <param name="options">Token, viewers and interval; the address is for whoever listens to see to.</param>
    /// <param name="requests">Requests that the program has answered so far, where it counts any: for traps per request.</param>
    /// <exception cref="OptionsValidationException">An option is wrong.</exception>
    public DashboardSite(ActorSystem system, FlexScDashboardOptions options, Func<long>? requests = null)
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(options);
        string[] mistakes = [.. options.Mistakes()];
        if (mistakes.Length > 0)
        {
            throw new OptionsValidationException("FlexSc:Dashboard", typeof(FlexScDashboardOptions), mistakes);
        }

        _access = new DashboardAccess(options.Token);
        _feed = new DashboardFeed(system, options, requests);
    }

    /// <summary>What a request is answered with that was to be an event stream where <see cref="TryWatch"/> took no more viewers.</summary>
    public static DashboardAnswer TooManyViewers { get; } =
        Text(503, "as many look at the dashboard as may", new KeyValuePair<string, string>("Retry-After", "5"));

    /// <summary>Whether a path is of the dashboard.</summary>
    public static bool Owns(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return path == Root || path.StartsWith($"{Root}/", StringComparison.Ordinal);
    }

    /// <summary>The answer to a request; it waits for nothing.</summary>
    public DashboardAnswer Answer(DashboardRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!Owns(request.Path))
        {
            return Text(404, "there is nothing here; the dashboard is at " + Root);
        }

        if (request.Method is not ("GET" or "HEAD"))
        {
            return Text(405, "GET and HEAD alone", new KeyValuePair<string, string>("Allow", "GET, HEAD"));
        }

        if (!_access.IsHostKnown(request.Host))
        {
            return Text(403, "without a token the dashboard answers to localhost and to addresses alone: FlexSc:Dashboard:Token");
        }

        // They tell nothing, and the page that asks for the token needs them.
        if (Parts.TryGetValue(request.Path, out (string ContentType, ReadOnlyMemory<byte> Content) part))
        {
            return Of(200, part.ContentType, part.Content);
        }

        return request.Path == Root ? AnswerPage(request)
            : !_access.IsAllowed(request)
                ? Text(401, "the token is missing or wrong", new KeyValuePair<string, string>("WWW-Authenticate", "Bearer"))
            : request.Path switch
            {
                $"{Root}/events" => Of(200, "text/event-stream", default) with { IsEventStream = true },
                $"{Root}/report" => Of(200, "application/json", _feed.Latest()),
                _ => Text(404, "there is nothing here; the dashboard is at " + Root),
            };
    }

    /// <summary>Adds a viewer.</summary>
    /// <param name="onEvent">
    /// Told an event of the stream at once and then every <see cref="FlexScDashboardOptions.IntervalMs"/>, on a thread of the pool, one at
    /// a time. It must not wait. Events are whole: one that cannot be sent in time is best left out.
    /// </param>
    /// <returns>Ends it when it is disposed; null where as many look as may.</returns>
    public IDisposable? TryWatch(Action<ReadOnlyMemory<byte>> onEvent)
    {
        ArgumentNullException.ThrowIfNull(onEvent);
        return _feed.TryAdd(onEvent);
    }

    /// <summary>Ends all viewers' events.</summary>
    public void Dispose() => _feed.Dispose();

    private static DashboardAnswer Of(
        int status, string contentType, ReadOnlyMemory<byte> content, params ReadOnlySpan<KeyValuePair<string, string>> more) =>
        new(status, [.. CommonFields, new("Content-Type", contentType), .. more], content);

    private static DashboardAnswer Text(int status, string text, params ReadOnlySpan<KeyValuePair<string, string>> more) =>
        Of(status, PlainText, Encoding.UTF8.GetBytes(text + "\n"), more);

    private static byte[] Resource(string name)
    {
        using Stream stream = typeof(DashboardSite).Assembly.GetManifestResourceStream($"FlexSc.Dashboard.{name}")
            ?? throw new InvalidOperationException($"the assembly lacks its resource {name}");
        using MemoryStream content = new();
        stream.CopyTo(content);
        return content.ToArray();
    }

    // The token comes by the form of the sign-in page, and leaves the address bar at once.
    private DashboardAnswer AnswerPage(DashboardRequest request)
    {
        if (TokenOf(request.Query) is { } given && _access.NeedsToken)
        {
            return _access.IsToken(given)
                ? Of(303, PlainText, default, new("Location", Root), new("Set-Cookie", _access.SetCookie(request.IsSecure)))
                : Of(401, Html, SignInAgain);
        }

        return _access.IsAllowed(request) ? Of(200, Html, Page) : Of(401, Html, SignIn);
    }

    private static string? TokenOf(string query)
    {
        const string name = "token=";
        string? pair = query.TrimStart('?').Split('&').FirstOrDefault(static pair => pair.StartsWith(name, StringComparison.Ordinal));
        return pair is null ? null : Uri.UnescapeDataString(pair[name.Length..].Replace('+', ' '));
    }
}
