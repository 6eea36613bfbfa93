using FlexSc.Akka.Diagnostics;
using Spectre.Console;

namespace FlexSc.Tool;

/// <summary>The live view: the systems of one process, looked at again and again until q or Control-C, or until they end.</summary>
internal sealed class TopScreen(ReportedSystems systems, TimeSpan interval)
{
    private static readonly TimeSpan KeyInterval = TimeSpan.FromMilliseconds(50);

    private IReadOnlyList<FlexReport> _before = systems.First;

    /// <summary>Shows it.</summary>
    /// <exception cref="OperationCanceledException">Control-C.</exception>
    /// <exception cref="NothingToShowException">The process has ended.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        IAnsiConsole console = AnsiConsole.Console;
        await console.Live(new Text($"looking at process {_before[0].ProcessId} ..."))
            .AutoClear(true).Overflow(VerticalOverflow.Crop).Cropping(VerticalOverflowCropping.Bottom)
            .StartAsync(async display =>
            {
                while (!await IsQuitAsync(cancellation).ConfigureAwait(false))
                {
                    IReadOnlyList<FlexReport> reports = await systems.ReadAsync(cancellation).ConfigureAwait(false);
                    if (reports.Count == 0)
                    {
                        throw new NothingToShowException(TopCommand.ExitWithoutFlexSc, $"process {_before[0].ProcessId} has ended, or its actor systems have");
                    }

                    int height = (console.Profile.Height / reports.Count) - 1;
                    display.UpdateTarget(new Rows(reports.Select(report =>
                        new TopView(_before.FirstOrDefault(before => TopView.IsSame(before, report)) ?? report, report).Render(console.Profile.Width, height))));
                    display.Refresh();
                    _before = reports;
                }
            }).ConfigureAwait(false);
    }

    /// <summary>Waits for the next look, and meanwhile for a key.</summary>
    private async Task<bool> IsQuitAsync(CancellationToken cancellation)
    {
        using PeriodicTimer timer = new(KeyInterval < interval ? KeyInterval : interval);
        long end = Environment.TickCount64 + (long)interval.TotalMilliseconds;
        while (Environment.TickCount64 < end && await timer.WaitForNextTickAsync(cancellation).ConfigureAwait(false))
        {
            while (!Console.IsInputRedirected && Console.KeyAvailable)
            {
                if (Console.ReadKey(intercept: true).KeyChar is 'q' or 'Q')
                {
                    return true;
                }
            }
        }

        return false;
    }
}
