using FlexSc.Examples.HttpServer.Service;
using FlexSc.Examples.Shared;

CommandLine commandLine = new();
return await ServerProgram.RunAsync(commandLine.Command, args, commandLine.ConflictsIn, async (parsed, stopRequested) =>
{
    HttpService service = await HttpService.StartAsync(commandLine.ToOptions(parsed));
    ServerProgram.Announce(service.Message, service.Description, service.Endpoints.Select(endpoint => $"{(service.IsSecure ? "https" : "http")}://{endpoint}"));
    if (commandLine.WantsStatsOnStdin(parsed))
    {
        StatisticsLines.ServeConsole(service.StatisticsLine);
    }

    await stopRequested;
    await service.StopAsync();
});
