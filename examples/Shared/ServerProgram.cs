using System.CommandLine;
using System.Runtime.InteropServices;
using Akka.Configuration;
using FlexSc.Interop.Capabilities;
using FlexSc.Interop.Linux;

namespace FlexSc.Examples.Shared;

/// <summary>A server as a program: its command line, its exit codes, and the signals that end it.</summary>
internal static class ServerProgram
{
    private const int ExitFailed = 1;
    private const int ExitBadOptions = 2;

    /// <summary>
    /// Runs a command: 2 for options that are wrong, 1 for a server that could not start or stop in order, 0 for one that ended by
    /// SIGTERM or SIGINT. Mistakes and failures go to standard error.
    /// </summary>
    /// <param name="command">The command.</param>
    /// <param name="args">Its arguments.</param>
    /// <param name="conflictsIn">What options that are valid by themselves forbid together.</param>
    /// <param name="serveAsync">Serves until the task it is given ends, which a signal does.</param>
    public static async Task<int> RunAsync(
        RootCommand command, string[] args, Func<ParseResult, IEnumerable<string>> conflictsIn, Func<ParseResult, Task, Task> serveAsync)
    {
        command.SetAction((result, _) => ServeAsync(result, serveAsync));
        ParseResult parsed = command.Parse(args);
        string[] mistakes = parsed.Errors.Count > 0 ? [.. parsed.Errors.Select(static error => error.Message)]
            : parsed.Action == command.Action ? [.. conflictsIn(parsed)]
            : [];
        foreach (string mistake in mistakes)
        {
            await TellErrorAsync(mistake).ConfigureAwait(false);
        }

        // The server ends on signals by itself.
        return mistakes.Length > 0 ? ExitBadOptions : await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null }).ConfigureAwait(false);
    }

    /// <summary>Tells that the server listens: what the operator should know, what runs, and where. Programs wait for the last line.</summary>
    /// <param name="message">What of the options could not be had, for standard error; null for nothing.</param>
    /// <param name="description">What runs where, and why.</param>
    /// <param name="addresses">Where it listens.</param>
    public static void Announce(string? message, string description, IEnumerable<string> addresses)
    {
        if (message is not null)
        {
            Console.Error.WriteLine(message);
        }

        Console.WriteLine(description);
        Announce(string.Join(", ", addresses));
    }

    /// <summary>Tells where the server listens. Programs wait for that line.</summary>
    public static void Announce(string address) => Console.WriteLine($"listening on {address}");

    private static async Task<int> ServeAsync(ParseResult result, Func<ParseResult, Task, Task> serveAsync)
    {
        TaskCompletionSource stop = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, RequestStop);
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, RequestStop);
        try
        {
            await serveAsync(result, stop.Task).ConfigureAwait(false);
            return 0;
        }
        catch (Exception failure) when (failure is IOException or TimeoutException or LinuxException or BackendUnavailableException or ConfigurationException)
        {
            await TellErrorAsync(failure.Message).ConfigureAwait(false);
            return ExitFailed;
        }

        void RequestStop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.TrySetResult();
        }
    }

    private static Task TellErrorAsync(string text) => Console.Error.WriteLineAsync($"error: {text}");
}
