using Spectre.Console;

namespace FlexSc.Tool;

/// <summary>What reports for people are written with.</summary>
internal static class ReportConsole
{
    /// <summary>A file or pipe has no width; lines stay whole, so that they can be searched.</summary>
    private const int WidthOfFile = 400;

    /// <summary>A console that writes to a writer.</summary>
    public static IAnsiConsole Create(TextWriter writer)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
        if (Console.IsOutputRedirected)
        {
            console.Profile.Width = WidthOfFile;
        }

        return console;
    }
}
