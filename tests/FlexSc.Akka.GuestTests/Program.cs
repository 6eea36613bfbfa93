using System.Globalization;
using Akka.Actor;
using Akka.Configuration;
using FlexSc.Akka.Tests.Connections;

// Opens, uses and closes many connections on one loop, twice: FlexSc.Akka.Tests [CONNECTIONS [LIMIT-SECONDS]]
// One line for each check, as kernel/test/run reads them; the exit code is 1 when one failed. For machines where a test host would take
// long, or that allow more descriptors than those on which the tests run.
const int Rounds = 2;
int connections = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 100_000;
TimeSpan limit = TimeSpan.FromSeconds(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 600);
int failed = 0;
int descriptorsBefore = 0;
ActorSystem system = ActorSystem.Create("connections", ConfigurationFactory.ParseString(
    $"{ManyConnectionsRun.ConfigFor(connections)}\nflexsc.loops.backend = io-uring"));
try
{
    ManyConnectionsRun run = await ManyConnectionsRun.StartAsync(system, limit, Write);
    descriptorsBefore = Descriptors();
    for (int round = 1; round <= Rounds; round++)
    {
        MemoryInUse memory = (await run.RoundAsync(connections)).PerConnection;
        Check($"connections-{connections}-round-{round}", true, "");

        // Later rounds find memory of the first.
        if (round == 1)
        {
            Check(
                $"connections-{connections}-memory",
                memory.Managed is > 0 and <= ConnectionsSeen.MostBytes && memory.Process is > 0 and <= ConnectionsSeen.MostBytes,
                $"{memory.Managed} bytes managed and {memory.Process} of the process a connection, and {ConnectionsSeen.MostBytes} are the most");
        }
    }

    Check($"connections-{connections}-descriptors", Descriptors() == descriptorsBefore, $"{Descriptors()} are open, and {descriptorsBefore} were");
}
catch (Exception exception) when (exception is InvalidOperationException or TimeoutException)
{
    Check($"connections-{connections}", false, exception.Message);
}

await system.Terminate();
return failed == 0 ? 0 : 1;

static int Descriptors() => Directory.GetFileSystemEntries("/proc/self/fd").Length;

static void Write(string line) => Console.WriteLine($"# {line}");

void Check(string name, bool isRight, string why)
{
    failed += isRight ? 0 : 1;
    Console.WriteLine(isRight ? $"ok {name}" : $"not ok {name}: {why}");
}
