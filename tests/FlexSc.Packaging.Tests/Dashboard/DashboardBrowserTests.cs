using System.Globalization;
using System.Text.Json;
using Akka.Actor;
using FlexSc.Akka.Hosting;
using FlexSc.Akka.Placement;
using FlexSc.Examples.HttpServer.Service;
using FlexSc.Examples.Tests.Http;
using FlexSc.Examples.Tests;
using FlexSc.Measuring.Builds;
using PuppeteerSharp;
using PuppeteerSharp.Media;
using PuppeteerSharp.PageAccessibility;
using Xunit;

namespace FlexSc.Packaging.Tests.Dashboard;

/// <summary>
/// The dashboard in Chromium, over a server with two loops, placement and some load. FLEXSC_WRITE_SCREENSHOTS=1 writes what it looks like
/// to docs/dashboard.
/// </summary>
public sealed class DashboardBrowserTests : IAsyncLifetime, IDisposable
{
    private const string WriteScreenshots = "FLEXSC_WRITE_SCREENSHOTS";
    private const string Token = "correct-horse-battery";
    private const int DesktopWidth = 1280;
    private const int PhoneWidth = 360;

    /// <summary>The page shows something of everything.</summary>
    private const string IsFilled =
        "document.querySelectorAll('#decision-rows tr').length > 0 && document.querySelectorAll('#call-rows tr').length > 0"
        + " && document.querySelector('#entries-chart polyline').points.length > 5";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly HttpClient _client = new() { Timeout = Patience };
    private readonly CancellationTokenSource _loadEnds = new();
    private readonly List<string> _complaints = [];
    private HttpService? _service;
    private FlexScDashboard? _dashboard;
    private IBrowser? _browser;
    private Task _load = Task.CompletedTask;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _loadEnds.CancelAsync();
        await _load;
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        if (_dashboard is not null)
        {
            await _dashboard.DisposeAsync();
        }

        if (_service is not null)
        {
            await _service.DisposeAsync();
        }
    }

    public void Dispose()
    {
        _client.Dispose();
        _loadEnds.Dispose();
    }

    [SkippableFact]
    public async Task The_page_shows_what_the_report_says()
    {
        await using IPage page = await OpenAsync();
        await using Events events = (await Events.TryWatchAsync(_client, _dashboard!.Address))!;
        await WaitForAsync(page, IsFilled);

        // What stands still can be compared with the document that it is of.
        await page.ClickAsync("#pause");
        string footer = await TextAsync(page, "footer");
        long sequence = long.Parse(footer.Split(' ')[1], CultureInfo.InvariantCulture);
        JsonElement shown = await events.WaitForAsync(document => SequenceOf(document) == sequence);
        JsonElement totals = shown.GetProperty("totals");
        JsonElement report = shown.GetProperty("report");
        Assert.Equal(Figure(totals.GetProperty("requestsPerSecond")), await TextAsync(page, "requests"));
        Assert.Equal(Figure(totals.GetProperty("entriesPerSecond")), await TextAsync(page, "entries"));
        Assert.Equal(Figure(totals.GetProperty("trapsPerSecond")), await TextAsync(page, "traps"));
        Assert.Equal(Figure(totals.GetProperty("entriesPerTrap")), await TextAsync(page, "batch"));
        Assert.Equal(Figure(totals.GetProperty("trapsPerRequest")), await TextAsync(page, "per-request"));
        Assert.Equal(Figure(totals.GetProperty("cores")), await TextAsync(page, "cores-used"));
        Assert.Equal(totals.GetProperty("connections").GetRawText(), await TextAsync(page, "connections"));
        Assert.Equal(Duration(totals.GetProperty("meanMicroseconds").GetDouble()), await TextAsync(page, "latency"));
        Assert.Equal(report.GetProperty("backend").GetProperty("chosen").GetString(), await TextAsync(page, "backend"));
        string reason = report.GetProperty("backend").GetProperty("reason").GetString()!;
        Assert.Contains(reason, await TextAsync(page, "reason"), StringComparison.Ordinal);

        string[][] loops = await RowsAsync(page, "loop-rows");
        Assert.Equal(2, loops.Length);
        for (int i = 0; i < loops.Length; i++)
        {
            JsonElement loop = report.GetProperty("loops")[i];
            JsonElement rate = shown.GetProperty("rates")[i];
            Assert.Equal(
                [
                    $"{i}", loop.GetProperty("cpu").GetRawText(), $"{rate.GetProperty("utilisation").GetDouble() * 100:F0} %",
                    Figure(rate.GetProperty("entriesPerSecond")), Figure(rate.GetProperty("entriesPerTrap")),
                    Figure(rate.GetProperty("trapsPerEntry")),
                    loop.GetProperty("connections").GetRawText(), loop.GetProperty("actors").GetRawText(),
                ],
                [loops[i][0], loops[i][1], loops[i][3], loops[i][5], loops[i][6], loops[i][7], loops[i][8], loops[i][9]]);
        }

        string[][] calls = await RowsAsync(page, "call-rows");
        Assert.Equal(
            shown.GetProperty("calls").EnumerateArray()
                .Select(static call => $"{call.GetProperty("call").GetString()} {Figure(call.GetProperty("perSecond"))}"),
            calls.Select(static call => $"{call[0]} {call[1]}"));
        JsonElement placement = report.GetProperty("placement");
        string plan = await TextAsync(page, "plan");
        Assert.StartsWith($"Policy {placement.GetProperty("policy").GetString()}: ", plan, StringComparison.Ordinal);
        string[][] decisions = await RowsAsync(page, "decision-rows");
        Assert.Equal(
            placement.GetProperty("decisions").EnumerateArray().Select(static decision => decision.GetProperty("reason").GetString()),
            decisions.Select(static row => row[2]));
        Assert.Empty(_complaints);
    }

    [SkippableTheory]
    [InlineData("light", "light", DesktopWidth)]
    [InlineData("dark", "dark", DesktopWidth)]
    [InlineData("phone", "light", PhoneWidth)]
    public async Task It_is_readable_and_nothing_is_cut_off(string name, string scheme, int width)
    {
        await using IPage page = await OpenAsync(scheme, width);
        await WaitForAsync(page, IsFilled);

        // Nothing is wider than the window, nor than what it is in.
        Assert.Equal("", await page.EvaluateExpressionAsync<string>(
            """
            [...document.querySelectorAll("body *")]
              .filter(each => !each.closest("thead, .skip, svg") && getComputedStyle(each).display !== "inline"
                && (each.scrollWidth > each.clientWidth + 1 || each.getBoundingClientRect().right > innerWidth + 1))
              .map(each => `${each.tagName}#${each.id}`).join(" ")
            """));
        Assert.True(await page.EvaluateExpressionAsync<bool>("document.documentElement.scrollWidth <= innerWidth"));

        // Text stands out from its ground by 4.5 to 1 at the least (WCAG 2.2, 1.4.3).
        Assert.Equal("", await page.EvaluateExpressionAsync<string>(LowContrasts));
        string ground = await page.EvaluateExpressionAsync<string>("getComputedStyle(document.body).backgroundColor");
        Assert.Equal(scheme == "dark" ? "rgb(17, 21, 27)" : "rgb(245, 246, 248)", ground);
        if (width == PhoneWidth)
        {
            const string display = "getComputedStyle(document.querySelector('#loop-rows tr')).display";
            Assert.Equal("block", await page.EvaluateExpressionAsync<string>(display));
        }

        if (Environment.GetEnvironmentVariable(WriteScreenshots) == "1")
        {
            string folder = Path.Combine(Repository.Root(), "docs", "dashboard");
            Directory.CreateDirectory(folder);
            await page.ScreenshotAsync(Path.Combine(folder, $"{name}.png"), new ScreenshotOptions { FullPage = true });
        }

        Assert.Empty(_complaints);
    }

    [SkippableFact]
    public async Task The_keyboard_reaches_everything_and_what_is_shown_has_names()
    {
        await using IPage page = await OpenAsync();
        await page.Keyboard.PressAsync("Tab");
        Assert.Equal("Skip to the loops", await FocusedAsync(page));
        Assert.True(await page.EvaluateExpressionAsync<bool>("document.activeElement.getBoundingClientRect().left >= 0"));
        await page.Keyboard.PressAsync("Tab");
        Assert.Equal("Pause", await FocusedAsync(page));
        Assert.NotEqual("none", await page.EvaluateExpressionAsync<string>("getComputedStyle(document.activeElement).outlineStyle"));

        await page.Keyboard.PressAsync("Space");
        Assert.Equal("true", await page.EvaluateExpressionAsync<string>("document.activeElement.getAttribute('aria-pressed')"));
        string still = await TextAsync(page, "footer");
        await using (Events events = (await Events.TryWatchAsync(_client, _dashboard!.Address))!)
        {
            // Two more documents have come, and the page stands still.
            long first = SequenceOf(await events.WaitForAsync(static _ => true));
            await events.WaitForAsync(document => SequenceOf(document) >= first + 2);
        }

        Assert.Equal((still, "paused: the figures stand still"), (await TextAsync(page, "footer"), await TextAsync(page, "status")));
        await page.Keyboard.PressAsync("Enter");
        await WaitForAsync(page, $"document.getElementById('footer').textContent !== {JsonSerializer.Serialize(still)}");
        Assert.Equal("live", await TextAsync(page, "status"));

        await page.Keyboard.DownAsync("Shift");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.UpAsync("Shift");
        await page.Keyboard.PressAsync("Enter");
        Assert.Equal("loops", await page.EvaluateExpressionAsync<string>("document.activeElement.id"));

        SerializedAXNode tree = await page.Accessibility.SnapshotAsync();
        SerializedAXNode[] nodes = [.. Flatten(tree)];
        Assert.Contains(nodes, static node => node is { Role: "button", Name: "Pause" });
        Assert.Contains(nodes, static node => node is { Role: "heading", Name: "Loops" });
        SerializedAXNode[] images = [.. nodes.Where(static node => node.Role is "image" or "img")];
        Assert.Contains(images, static node => node.Name.StartsWith("System calls a second", StringComparison.Ordinal));
        SerializedAXNode[] named = [.. images, .. nodes.Where(static node => node.Role is "button" or "link" or "heading")];
        Assert.DoesNotContain(named, static node => string.IsNullOrWhiteSpace(node.Name));
        Assert.Empty(_complaints);
    }

    [SkippableFact]
    public async Task The_token_is_typed_once_and_does_not_stay_in_the_address()
    {
        await using IPage page = await OpenAsync(token: Token);
        await WaitForAsync(page, TokenHasFocus);
        await page.Keyboard.TypeAsync("not the token at all");
        await Task.WhenAll(page.WaitForNavigationAsync(), page.Keyboard.PressAsync("Enter"));
        Assert.Equal("That is not the token.", await TextAsync(page, "wrong"));
        await WaitForAsync(page, TokenHasFocus);
        await page.Keyboard.TypeAsync(Token);
        await Task.WhenAll(page.WaitForNavigationAsync(), page.Keyboard.PressAsync("Enter"));
        await WaitForAsync(page, "document.getElementById('status')?.textContent === 'live'");
        Assert.Equal(_dashboard!.Address.AbsoluteUri, page.Url);
        Assert.Equal("", await page.EvaluateExpressionAsync<string>("document.cookie"));
        await page.ReloadAsync();
        await WaitForAsync(page, "document.getElementById('status')?.textContent === 'live'");
    }

    /// <summary>A page that is there has its focus some frames later; what is typed before then is lost.</summary>
    private const string TokenHasFocus = "document.activeElement?.id === 'token'";

    private const string LowContrasts =
        """
        (() => {
          const channels = colour => colour.match(/[\d.]+/g).map(Number);
          const luminance = ([red, green, blue]) => [red, green, blue].map(value => value / 255)
            .map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
            .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
          const groundOf = each => {
            for (let at = each; at; at = at.parentElement) {
              const ground = channels(getComputedStyle(at).backgroundColor);
              if (ground.length < 4 || ground[3] > 0) {
                return ground;
              }
            }
            return [255, 255, 255];
          };
          return [...document.querySelectorAll("body *")]
            .filter(each => [...each.childNodes].some(node => node.nodeType === 3 && node.textContent.trim() !== ""))
            .filter(each => each.getClientRects().length > 0)
            .map(each => {
              const [high, low] = [luminance(channels(getComputedStyle(each).color)), luminance(groundOf(each))].sort((a, b) => b - a);
              return [each, (high + 0.05) / (low + 0.05)];
            })
            .filter(([, contrast]) => contrast < 4.5)
            .map(([each, contrast]) => `${each.tagName}#${each.id} ${contrast.toFixed(2)}`).join(" ");
        })()
        """;

    // As the page writes figures.
    private static string Figure(JsonElement number) => number.ValueKind == JsonValueKind.Null ? "–" : Figure(number.GetDouble());

    private static string Duration(double microseconds) => microseconds switch
    {
        < 1000 => $"{Figure(microseconds)} µs",
        < 1e6 => $"{Figure(microseconds / 1000)} ms",
        _ => $"{Figure(microseconds / 1e6)} s",
    };

    private static string Figure(double number) => number switch
    {
        0 => "0",
        < 10 and var value => value.ToString("F2", CultureInfo.InvariantCulture),
        < 100 and var value => value.ToString("F1", CultureInfo.InvariantCulture),
        var value => value.ToString("N0", CultureInfo.InvariantCulture),
    };

    private static long SequenceOf(JsonElement document) => document.GetProperty("sequence").GetInt64();

    private static Task<string> TextAsync(IPage page, string id) =>
        page.EvaluateExpressionAsync<string>($"document.getElementById('{id}').textContent");

    private static async Task<string[][]> RowsAsync(IPage page, string id)
    {
        string rows = await page.EvaluateExpressionAsync<string>(
            $"JSON.stringify([...document.querySelectorAll('#{id} tr')].map(row => [...row.children].map(cell => cell.textContent)))");
        return JsonSerializer.Deserialize<string[][]>(rows)!;
    }

    private static Task<string> FocusedAsync(IPage page) => page.EvaluateExpressionAsync<string>("document.activeElement.textContent");

    private static IEnumerable<SerializedAXNode> Flatten(SerializedAXNode node) => [node, .. (node.Children ?? []).SelectMany(Flatten)];

    private static async Task WaitForAsync(IPage page, string condition)
    {
        using CancellationTokenSource deadline = new(Patience);
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(50));
        while (!await page.EvaluateExpressionAsync<bool>(condition))
        {
            try
            {
                await timer.WaitForNextTickAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                string text = await page.EvaluateExpressionAsync<string>("document.body.innerText");
                Assert.Fail($"{condition} did not become true; the page says: {text}");
            }
        }
    }

    private async Task<IPage> OpenAsync(string scheme = "light", int width = DesktopWidth, string? token = null)
    {
        string chromium = PeerPrograms.Require("chromium", "chromium");
        _service = await ServiceModes.StartAsync(ServiceModes.OptionsOf(ServiceModes.PooledByLoop) with { Backend = "auto", Pin = false });
        HttpService service = _service;
        IActorRef placement = service.System.FlexPlacement();
        string policy = $"{typeof(OneLoopIsEnough).FullName}, {typeof(OneLoopIsEnough).Assembly.GetName().Name}";
        await placement.Ask<FlexPlacement.Done>(new FlexPlacement.SetPolicy(policy), Patience);
        _dashboard = FlexScDashboard.Start(
            service.System, new FlexScDashboardOptions { Port = 0, IntervalMs = 250, Token = token }, () => service.Counters.Requests);
        _load = LoadAsync(new Uri($"http://{service.Endpoint}/plaintext"));
        _browser = await Puppeteer.LaunchAsync(new LaunchOptions
        {
            ExecutablePath = chromium,
            Timeout = (int)Patience.TotalMilliseconds,

            // As root, and with little shared memory, as in a container.
            Args = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
        });
        IPage page = await _browser.NewPageAsync();
        page.DefaultTimeout = (int)Patience.TotalMilliseconds;
        await page.SetViewportAsync(new ViewPortOptions { Width = width, Height = 800, IsMobile = width == PhoneWidth });
        await page.EmulateMediaFeaturesAsync([new MediaFeatureValue { MediaFeature = MediaFeature.PrefersColorScheme, Value = scheme }]);

        // A page that is answered by 401 is an error to the console, and what the test of the token wants.
        page.Console += (_, said) =>
            Complain(said.Message.Type is ConsoleType.Error or ConsoleType.Warning && token is null, said.Message.Text);
        page.PageError += (_, error) => Complain(true, error.Message);
        string own = $"http://{_dashboard.EndPoint}/";
        page.Request += (_, sent) => Complain(!sent.Request.Url.StartsWith(own, StringComparison.Ordinal), sent.Request.Url);
        await page.GoToAsync(_dashboard.Address.AbsoluteUri);
        return page;
    }

    private void Complain(bool isComplaint, string text)
    {
        if (isComplaint)
        {
            lock (_complaints)
            {
                _complaints.Add(text);
            }
        }
    }

    // A request every few milliseconds: enough to see, and not so much that the browser has no core.
    private async Task LoadAsync(Uri address)
    {
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(5));
        try
        {
            while (await timer.WaitForNextTickAsync(_loadEnds.Token))
            {
                await _client.GetStringAsync(address, _loadEnds.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The end of the test.
        }
    }
}
