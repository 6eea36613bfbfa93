using System.Globalization;
using FlexSc.Examples.HttpServer.Service;
using FlexSc.Examples.Shared;
using FlexSc.Peers.Metered;

// examples/HttpServer with its own options, and who looks at it, which lines on standard input change while it serves: so that
// two windows of one process are compared, and not two processes, which differ by more than what is looked for.
CommandLine commandLine = new();
return await ServerProgram.RunAsync(commandLine.Command, args, commandLine.ConflictsIn, async (parsed, stopRequested) =>
{
    HttpService service = await HttpService.StartAsync(commandLine.ToOptions(parsed));
    using Watch watch = new(service.System, () => service.Counters.Requests);
    ServerProgram.Announce(service.Message, service.Description, service.Endpoints.Select(static endpoint => $"http://{endpoint}"));
    new Thread(() => Serve(service, watch, new Apart(watch, () => service.Counters.Requests))) { IsBackground = true, Name = "questions" }.Start();
    await stopRequested;
    await service.StopAsync();
});

static void Serve(HttpService service, Watch watch, Apart apart)
{
    while (Console.In.ReadLine() is { } line)
    {
        Console.Out.WriteLine(line.Split(' ') switch
        {
            ["stats"] => service.StatisticsLine(),
            ["watch", string who] => watch.By(who),
            ["alternate", string who, string windowMs, string pairs] => apart.Alternate(who, Number(windowMs), Number(pairs)),
            ["readings", string who, string count] => apart.Readings(who, Number(count)),
            _ => $"not understood: {line}",
        });
        Console.Out.Flush();
    }
}

static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
