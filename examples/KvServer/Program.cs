using FlexSc.Examples.KvServer.Service;
using FlexSc.Examples.Shared;

KvCommandLine commandLine = new();
return await ServerProgram.RunAsync(commandLine.Command, args, commandLine.ConflictsIn, async (parsed, stopRequested) =>
{
    KvServerOptions options = commandLine.ToOptions(parsed);
    HotWarmUp? warmUp = await KvWarmUp.RunAsync(options);
    KvService service = await KvService.StartAsync(options);
    ServerProgram.Announce(service.Message, warmUp is null ? service.Description : $"{service.Description}; {warmUp}", service.Addresses);
    if (commandLine.WantsStatsOnStdin(parsed))
    {
        StatisticsLines.ServeConsole(service.StatisticsLine);
    }

    await stopRequested;
    await service.StopAsync();
});
