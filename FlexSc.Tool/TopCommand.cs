using System.CommandLine;
using System.Text;
using FlexSc.Akka.Diagnostics;
using Spectre.Console;

namespace FlexSc.Tool;

/// <summary><c>flexsc top</c>: its options and its exit codes.</summary>
internal sealed class TopCommand
{
    public const int ExitNoProcess = 1;
    public const int ExitWithoutFlexSc = 3;
    public const int ExitOfAnotherUser = 4;
    private const int ExitShown = 0;
    private const int ExitBadUsage = 2;
    private const int LeastIntervalMs = 100;
    private const int MostIntervalMs = 3_600_000;

    private readonly Option<int?> _pid = new("--pid") { Description = "The process; without it, the only one of this user that runs FlexSC." };

    private readonly Option<string?> _socket = new("--socket")
    {
        Description = "The program's diagnostics socket, where it is not looked for: a path of its own, or that of a container.",
    };

    private readonly Option<bool> _once = new("--once") { Description = "Show it once and end; without --pid, of all processes." };

    private readonly Option<bool> _json = new("--json")
    {
        Description = "With --once: a line of JSON for each actor system, the report with its counters.",
    };

    private readonly Option<int> _interval = new("--interval-ms")
    {
        Description = $"Milliseconds between two looks, {LeastIntervalMs} to {MostIntervalMs}; rates are of that time.",
        DefaultValueFactory = _ => 1_000,
    };

    public TopCommand()
    {
        _interval.Validators.Add(static result =>
        {
            // A value that is no number is told by the parser.
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out int value) && value is < LeastIntervalMs or > MostIntervalMs)
            {
                result.AddError($"--interval-ms must be a number from {LeastIntervalMs} to {MostIntervalMs}, not '{value}'.");
            }
        });
        Command = new Command(
            "top",
            "Show how FlexSC is in a running program: cores, loops, syscall cores, batches, traps, who is busy or evicted, what placement decided. "
            + "Exits with 1 when no process runs FlexSC, 2 for wrong usage, 3 when the one asked for does not, 4 when it is another user's.")
        {
            _pid, _socket, _once, _json, _interval,
        };
        Command.SetAction(RunAsync);
    }

    public Command Command { get; }

    private async Task<int> RunAsync(ParseResult result, CancellationToken cancellation)
    {
        bool once = result.GetValue(_once);
        string? socket = result.GetValue(_socket);
        if (Mistake(once, result.GetValue(_json), socket is not null && result.GetValue(_pid) is not null) is { } mistake)
        {
            await TellAsync(mistake).ConfigureAwait(false);
            return ExitBadUsage;
        }

        TimeSpan interval = TimeSpan.FromMilliseconds(result.GetValue(_interval));
        try
        {
            ReportedSystems systems = socket is not null
                ? await ReportedSystems.AtAsync(socket, cancellation).ConfigureAwait(false)
                : await ReportedSystems.FindAsync(result.GetValue(_pid), cancellation).ConfigureAwait(false);
            if (result.GetValue(_json))
            {
                WriteJson(systems.First);
            }
            else if (once)
            {
                await ShowOnceAsync(systems, interval, cancellation).ConfigureAwait(false);
            }
            else
            {
                RequireOneProcess(systems.First);
                await new TopScreen(systems, interval).RunAsync(cancellation).ConfigureAwait(false);
            }

            return ExitShown;
        }
        catch (NothingToShowException nothing)
        {
            await TellAsync(nothing.Message).ConfigureAwait(false);
            return nothing.ExitCode;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Control-C is how a live view ends.
            return ExitShown;
        }
    }

    private static string? Mistake(bool once, bool json, bool isNamedTwice) => (once, json) switch
    {
        _ when isNamedTwice => "--socket and --pid both name a program: leave one of them out",
        (false, true) => "--json needs --once",
        (false, false) when Console.IsOutputRedirected => "a live view needs a terminal: use --once",
        _ => null,
    };

    private static void WriteJson(IReadOnlyList<FlexReport> reports)
    {
        foreach (FlexReport report in reports)
        {
            Console.Out.WriteLine(Encoding.UTF8.GetString(report.ToJson()));
        }
    }

    private static async Task ShowOnceAsync(ReportedSystems systems, TimeSpan interval, CancellationToken cancellation)
    {
        await Task.Delay(interval, cancellation).ConfigureAwait(false);
        IReadOnlyList<FlexReport> reports = await systems.ReadAsync(cancellation).ConfigureAwait(false);
        IAnsiConsole console = ReportConsole.Create(Console.Out);
        foreach (FlexReport report in reports)
        {
            console.Write(new TopView(systems.First.First(first => TopView.IsSame(first, report)), report).Render(console.Profile.Width, TopView.NoHeightLimit));
        }
    }

    private static void RequireOneProcess(IReadOnlyList<FlexReport> reports)
    {
        string[] processes = [.. reports.Select(static report => $"{report.ProcessId} ({report.Program})").Distinct()];
        if (processes.Length > 1)
        {
            throw new NothingToShowException(ExitBadUsage, $"several processes run FlexSC, choose one by --pid: {string.Join(", ", processes)}");
        }
    }

    private static Task TellAsync(string text) => Console.Error.WriteLineAsync($"error: {text}");
}
