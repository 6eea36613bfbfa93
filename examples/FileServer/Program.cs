using FlexSc.Examples.FileServer;
using FlexSc.Examples.Shared;

FileServerCommandLine commandLine = new();
return await ServerProgram.RunAsync(commandLine.Command, args, commandLine.ConflictsIn, async (parsed, stopRequested) =>
{
    FileService service = await FileService.StartAsync(commandLine.ToOptions(parsed));
    ServerProgram.Announce(service.Message, service.Description, service.Addresses);
    if (commandLine.WantsStatsOnStdin(parsed))
    {
        StatisticsLines.ServeConsole(service.StatisticsLine);
    }

    await stopRequested;
    await service.StopAsync();
});
