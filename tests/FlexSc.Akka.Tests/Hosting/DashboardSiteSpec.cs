using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Akka.Actor;
using Akka.Configuration;
using FlexSc.Akka.Hosting;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using Microsoft.Extensions.Options;
using Xunit;

namespace FlexSc.Akka.Tests.Hosting;

/// <summary>What the dashboard answers, whoever serves it.</summary>
public sealed partial class DashboardSiteSpec : FlexScSpec
{
    private const string Token = "correct-horse-battery";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public DashboardSiteSpec()
        : base(ConfigurationFactory.ParseString("flexsc.loops { count = 1, pin = off }"))
    {
        FlexTcp.For(Sys);
    }

    [Theory]
    [InlineData("/flexsc", "text/html; charset=utf-8")]
    [InlineData("/flexsc/dashboard.css", "text/css; charset=utf-8")]
    [InlineData("/flexsc/dashboard.js", "text/javascript; charset=utf-8")]
    [InlineData("/flexsc/icon.svg", "image/svg+xml")]
    [InlineData("/flexsc/report", "application/json")]
    public void Every_part_comes_from_here_and_a_browser_takes_none_from_elsewhere(string path, string contentType)
    {
        using DashboardSite site = Site();
        DashboardAnswer answer = site.Answer(Request(path));
        Assert.Equal((200, contentType), (answer.Status, Field(answer, "Content-Type")));
        Assert.Equal(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
            + "base-uri 'none'; frame-ancestors 'none'",
            Field(answer, "Content-Security-Policy"));
        Assert.Equal(("nosniff", "no-store"), (Field(answer, "X-Content-Type-Options"), Field(answer, "Cache-Control")));
        string text = Encoding.UTF8.GetString(answer.Content.Span);
        const string nameSpace = "http://www.w3.org/2000/svg";
        Assert.DoesNotContain(Outside().Matches(text).Select(static match => match.Value), static address => address != nameSpace);
        if (contentType.StartsWith("text/html", StringComparison.Ordinal))
        {
            Assert.Empty(Inline().Matches(text));
        }
    }

    [Theory]
    [InlineData("127.0.0.1:7090", 200)]
    [InlineData("localhost", 200)]
    [InlineData("LOCALHOST:1", 200)]
    [InlineData("[::1]:7090", 200)]
    [InlineData("flexsc.example", 403)]
    [InlineData("127.0.0.1.example:7090", 403)]
    [InlineData("localhost.example", 403)]
    [InlineData("[::1", 403)]
    [InlineData("", 403)]
    [InlineData(null, 403)]
    public void Without_a_token_no_name_from_elsewhere_leads_to_it(string? host, int status)
    {
        using DashboardSite site = Site();
        foreach (string path in (string[])["/flexsc", "/flexsc/events", "/flexsc/report"])
        {
            Assert.Equal(status, site.Answer(Request(path) with { Host = host }).Status);
        }
    }

    [Fact]
    public void With_a_token_only_who_knows_it_sees_anything()
    {
        using DashboardSite site = Site(new FlexScDashboardOptions { Token = Token });
        using DashboardSite other = Site(new FlexScDashboardOptions { Token = Token });
        DashboardAnswer signIn = site.Answer(Request("/flexsc"));
        Assert.Equal((401, "text/html; charset=utf-8"), (signIn.Status, Field(signIn, "Content-Type")));
        Assert.Contains("type=\"password\"", Encoding.UTF8.GetString(signIn.Content.Span), StringComparison.Ordinal);
        Assert.Equal(200, site.Answer(Request("/flexsc/dashboard.css")).Status);

        DashboardAnswer signedIn = site.Answer(Request("/flexsc") with { Query = $"?a=b&token={Token}", Host = "flexsc.example" });
        Assert.Equal((303, "/flexsc"), (signedIn.Status, Field(signedIn, "Location")));
        string cookie = Field(signedIn, "Set-Cookie")!;
        Assert.Matches("^flexsc-dashboard=[0-9a-f]{64}; Path=/flexsc; HttpOnly; SameSite=Lax$", cookie);
        DashboardAnswer overTls = site.Answer(Request("/flexsc") with { Query = $"?token={Token}", IsSecure = true });
        Assert.EndsWith("; Secure", Field(overTls, "Set-Cookie"), StringComparison.Ordinal);
        cookie = cookie.Split(';')[0];

        string[] paths = ["/flexsc", "/flexsc/events", "/flexsc/report", "/flexsc/else"];
        foreach (string path in paths)
        {
            int expected = path == "/flexsc/else" ? 404 : 200;
            Assert.Equal(expected, site.Answer(Request(path) with { Cookie = $"a=b; {cookie}" }).Status);
            Assert.Equal(expected, site.Answer(Request(path) with { Authorization = $"Bearer {Token}", Host = "flexsc.example" }).Status);
            DashboardRequest[] wrong =
            [
                Request(path),
                Request(path) with { Authorization = "Bearer wrong-wrong-wrong-wrong" },
                Request(path) with { Authorization = $"Bearer {Token}x" },
                Request(path) with { Authorization = $"Bearer {Token[..^1]}" },
                Request(path) with { Authorization = Token },
                Request(path) with { Cookie = $"flexsc-dashboard={Token}" },
                Request(path) with { Cookie = cookie[..^1] },
                Request(path) with { Cookie = "flexsc-dashboard=" },
            ];
            foreach (DashboardAnswer refused in wrong.Select(site.Answer))
            {
                Assert.Equal(401, refused.Status);
                Assert.Equal(path == "/flexsc" ? null : "Bearer", Field(refused, "WWW-Authenticate"));
            }

            // What another process gave is worth nothing here.
            Assert.Equal(401, other.Answer(Request(path) with { Cookie = cookie }).Status);
        }

        DashboardAnswer again = site.Answer(Request("/flexsc") with { Query = "?token=wrong" });
        Assert.Equal((401, null), (again.Status, Field(again, "Set-Cookie")));
        string first = Encoding.UTF8.GetString(site.Answer(Request("/flexsc")).Content.Span);
        string repeated = Encoding.UTF8.GetString(again.Content.Span);
        Assert.Contains("aria-invalid=\"false\"", first, StringComparison.Ordinal);
        Assert.DoesNotContain("That is not the token", first, StringComparison.Ordinal);
        Assert.Contains("aria-invalid=\"true\"", repeated, StringComparison.Ordinal);
        Assert.Contains("That is not the token", repeated, StringComparison.Ordinal);
        using DashboardSite spaced = Site(new FlexScDashboardOptions { Token = "a token & 100 % of it" });
        Assert.Equal(303, spaced.Answer(Request("/flexsc") with { Query = "?token=a+token%20%26+100+%25+of+it" }).Status);
    }

    [Theory]
    [InlineData("POST", "/flexsc", 405)]
    [InlineData("OPTIONS", "/flexsc/events", 405)]
    [InlineData("HEAD", "/flexsc", 200)]
    [InlineData("GET", "/", 404)]
    [InlineData("GET", "/flexscope", 404)]
    [InlineData("GET", "/flexsc/../secret", 404)]
    public void Anything_else_is_refused(string method, string path, int status)
    {
        using DashboardSite site = Site();
        Assert.Equal(status, site.Answer(new DashboardRequest(method, path, "") { Host = "localhost" }).Status);
    }

    [Fact]
    public async Task Viewers_share_documents_and_one_too_many_is_not_taken()
    {
        // Starts the loop: rates are those of loops that are in two reports.
        await FlexLoops.RunAsync(Sys, 0, static loop => Task.FromResult(loop.Turns)).WaitAsync(Patience);
        long requests = 0;
        using DashboardSite site = new(Sys, new FlexScDashboardOptions { MaxViewers = 2, IntervalMs = 250 }, () => requests += 1000);
        BlockingCollection<string> first = [];
        BlockingCollection<string> second = [];
        IDisposable watch = site.TryWatch(told => first.Add(Encoding.UTF8.GetString(told.Span)))!;
        JsonElement begin = Document(Take(first));
        Assert.Equal((1, 0), (begin.GetProperty("viewers").GetInt32(), begin.GetProperty("rates").GetArrayLength()));
        Assert.Equal(JsonValueKind.Null, begin.GetProperty("totals").GetProperty("requestsPerSecond").ValueKind);

        using IDisposable other = site.TryWatch(told => second.Add(Encoding.UTF8.GetString(told.Span)))!;
        Assert.NotNull(other);
        Assert.Null(site.TryWatch(static _ => { }));
        Assert.Equal(503, DashboardSite.TooManyViewers.Status);

        Take(second);
        string shared = Take(second);
        JsonElement next = Document(shared);
        using CancellationTokenSource deadline = new(Patience);
        Assert.Contains(shared, first.GetConsumingEnumerable(deadline.Token));
        Assert.Equal((2, 2), (next.GetProperty("viewers").GetInt32(), next.GetProperty("maxViewers").GetInt32()));
        double seconds = next.GetProperty("intervalSeconds").GetDouble();
        Assert.Equal(1000 / seconds, next.GetProperty("totals").GetProperty("requestsPerSecond").GetDouble(), tolerance: 1e-6 / seconds);
        JsonElement rate = next.GetProperty("rates")[0];
        Assert.Equal(
            rate.GetProperty("entriesPerSecond").GetDouble(), next.GetProperty("totals").GetProperty("entriesPerSecond").GetDouble());
        Assert.Equal(Sys.Name, next.GetProperty("report").GetProperty("system").GetString());

        // The report is what they are told, this document or a later one.
        string latest = $"data: {Encoding.UTF8.GetString(site.Answer(Request("/flexsc/report")).Content.Span)}\n\n";
        if (latest != shared)
        {
            Assert.Contains(latest, second.GetConsumingEnumerable(deadline.Token));
        }

        watch.Dispose();
        watch.Dispose();
        using IDisposable third = site.TryWatch(static _ => { })!;
        Assert.NotNull(third);
    }

    [Fact]
    public async Task Calls_tell_what_they_took_while_somebody_looks()
    {
        using DashboardSite site = Site(new FlexScDashboardOptions { IntervalMs = 250 });
        BlockingCollection<string> told = [];
        using IDisposable watch = site.TryWatch(bytes => told.Add(Encoding.UTF8.GetString(bytes.Span)))!;
        Take(told);
        string path = Path.GetTempFileName();
        try
        {
            IActorRef handle = (await Sys.FlexFile().Ask<FlexFile.Opened>(new FlexFile.Open(path) { Owner = TestActor }, Patience)).Handle;
            JsonElement call;
            do
            {
                await handle.Ask<FlexFile.Content>(new FlexFile.Read(0, 100), Patience);
                call = Document(Take(told)).GetProperty("calls").EnumerateArray()
                    .FirstOrDefault(static call => call.GetProperty("call").GetString() is "pread64" or "read");
            }
            while (call.ValueKind == JsonValueKind.Undefined);

            Assert.True(call.GetProperty("perSecond").GetDouble() > 0);
            Assert.InRange(call.GetProperty("meanMicroseconds").GetDouble(), 0.001, call.GetProperty("longestMicroseconds").GetDouble());
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("FlexSc:Dashboard:Address must be an IP address", "nowhere", 1, null, 8, 1000)]
    [InlineData("FlexSc:Dashboard:Port must be 0 to 65535, not 65536", "::1", 65536, null, 8, 1000)]
    [InlineData("FlexSc:Dashboard:Token is missing: whoever reaches 0.0.0.0", "0.0.0.0", 1, null, 8, 1000)]
    [InlineData("FlexSc:Dashboard:Token must have 16 characters", "127.0.0.1", 1, "fifteen-letters", 8, 1000)]
    [InlineData("FlexSc:Dashboard:MaxViewers must be 1 to 100, not 0", "127.0.0.1", 1, null, 0, 1000)]
    [InlineData("FlexSc:Dashboard:IntervalMs must be 250 to 10000, not 249", "127.0.0.1", 1, null, 8, 249)]
    public void Mistakes_name_key_value_and_range(string told, string address, int port, string? token, int maxViewers, int intervalMs)
    {
        FlexScDashboardOptions options = new()
        {
            Address = address, Port = port, Token = token, MaxViewers = maxViewers, IntervalMs = intervalMs,
        };
        OptionsValidationException failed = Assert.Throws<OptionsValidationException>(() => new DashboardSite(Sys, options));
        Assert.StartsWith(told, Assert.Single(failed.Failures), StringComparison.Ordinal);
    }

    [GeneratedRegex("(https?:)?//[a-z0-9][^\\s\"'`<>)]*", RegexOptions.IgnoreCase)]
    private static partial Regex Outside();

    [GeneratedRegex("<script(?![^>]*\\ssrc=)|\\sstyle=|\\son[a-z]+=|<style|javascript:", RegexOptions.IgnoreCase)]
    private static partial Regex Inline();

    private static DashboardRequest Request(string path) => new("GET", path, "") { Host = "localhost" };

    private static string? Field(DashboardAnswer answer, string name) => answer.Fields.SingleOrDefault(field => field.Key == name).Value;

    private static string Take(BlockingCollection<string> events) =>
        events.TryTake(out string? told, Patience) ? told : throw new TimeoutException("no event came");

    private static JsonElement Document(string told)
    {
        Assert.StartsWith("data: {", told, StringComparison.Ordinal);
        Assert.EndsWith("}\n\n", told, StringComparison.Ordinal);
        return JsonDocument.Parse(told["data: ".Length..]).RootElement;
    }

    private DashboardSite Site(FlexScDashboardOptions? options = null) => new(Sys, options ?? new FlexScDashboardOptions());
}
