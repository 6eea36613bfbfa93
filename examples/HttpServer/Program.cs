using System.CommandLine;
using System.Runtime.InteropServices;
using FlexSc.Examples.HttpServer.Service;

const int ExitUsage = 2;
const int ExitFailure = 1;

CommandLine commandLine = new();
ParseResult parsed = commandLine.Create(RunAsync).Parse(args);
IReadOnlyList<string> errors = commandLine.ErrorsOf(parsed);
if (errors.Count > 0)
{
    foreach (string error in errors)
    {
        Console.Error.WriteLine(error);
    }

    Console.Error.WriteLine("try --help");
    return ExitUsage;
}

// The service ends on signals by itself.
return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });

static async Task<int> RunAsync(HttpServerOptions options, bool statsOnStdin)
{
    TaskCompletionSource stop = new(TaskCreationOptions.RunContinuationsAsynchronously);
    void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        stop.TrySetResult();
    }

    using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
    using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
    HttpService service;
    try
    {
        service = await HttpService.StartAsync(options);
    }
    catch (IOException exception)
    {
        await Console.Error.WriteLineAsync(exception.Message);
        return ExitFailure;
    }

    if (service.Message is { } message)
    {
        await Console.Error.WriteLineAsync(message);
    }

    Console.WriteLine(service.Description);
    Console.WriteLine($"listening on http://{service.Endpoint}");
    if (statsOnStdin)
    {
        // The console reads by blocking calls, so it gets a thread of its own until the input ends.
        _ = Task.Run(() => new StatsReporter(service).RunAsync(Console.In, Console.Out));
    }

    await stop.Task;
    await service.StopAsync();
    return 0;
}
