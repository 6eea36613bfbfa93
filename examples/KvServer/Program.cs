using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Akka.Configuration;
using FlexSc.Examples.KvServer.Service;
using FlexSc.Interop.Capabilities;
using FlexSc.Interop.Linux;

const int ExitFailed = 1;
const int ExitBadOptions = 2;

KvCommandLine commandLine = new();
int exitCode = 0;
commandLine.Command.SetAction(async (result, _) => exitCode = await RunAsync(commandLine, result).ConfigureAwait(false));
ParseResult parsed = commandLine.Command.Parse(args);
IEnumerable<string> mistakes = parsed.Errors.Count > 0 ? parsed.Errors.Select(error => error.Message)
    : parsed.Action == commandLine.Command.Action ? commandLine.ConflictsIn(parsed)
    : [];
foreach (string mistake in mistakes)
{
    await Console.Error.WriteLineAsync($"error: {mistake}").ConfigureAwait(false);
    exitCode = ExitBadOptions;
}

if (exitCode != 0)
{
    return exitCode;
}

await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null }).ConfigureAwait(false);
return exitCode;

static async Task<int> RunAsync(KvCommandLine commandLine, ParseResult result)
{
    TaskCompletionSource stop = new(TaskCreationOptions.RunContinuationsAsynchronously);
    using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, RequestStop);
    using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, RequestStop);
    try
    {
        KvServerOptions options = commandLine.ToOptions(result);
        await KvWarmUp.RunAsync(options).ConfigureAwait(false);
        KvService service = await KvService.StartAsync(options).ConfigureAwait(false);
        if (service.Message is { } message)
        {
            await Console.Error.WriteLineAsync(message).ConfigureAwait(false);
        }

        Console.WriteLine(service.Description);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"listening on {service.LocalEndPoint}"));
        if (commandLine.WantsStatsOnStdin(result))
        {
            StartStdinStatistics(service);
        }

        await stop.Task.ConfigureAwait(false);
        await service.StopAsync().ConfigureAwait(false);
        return 0;
    }
    catch (Exception failure) when (failure is KvBindException or IOException or TimeoutException or LinuxException
        or BackendUnavailableException or ConfigurationException)
    {
        await Console.Error.WriteLineAsync($"error: {failure.Message}").ConfigureAwait(false);
        return ExitFailed;
    }

    void RequestStop(PosixSignalContext context)
    {
        context.Cancel = true;
        stop.TrySetResult();
    }
}

static void StartStdinStatistics(KvService service) =>
    new Thread(() => StdinStatistics.Serve(service, Console.In, Console.Out))
    {
        IsBackground = true,
        Name = "stats-on-stdin",
    }.Start();
