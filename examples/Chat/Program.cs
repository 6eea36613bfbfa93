using FlexSc.Examples.Chat;
using FlexSc.Examples.Shared;

ChatCommandLine commandLine = new();
return await ServerProgram.RunAsync(commandLine.Command, args, commandLine.ConflictsIn, async (parsed, stopRequested) =>
{
    ChatService service = await ChatService.StartAsync(commandLine.ToOptions(parsed));
    ServerProgram.Announce(service.Message, service.Description, service.Addresses);
    if (commandLine.WantsStatsOnStdin(parsed))
    {
        StatisticsLines.ServeConsole(service.StatisticsLine);
    }

    await stopRequested;
    await service.StopAsync();
});
