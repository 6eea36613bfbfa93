using System.Globalization;
using System.Text.Json;
using FlexSc.Interop.Capabilities;
using FlexSc.Interop.Page;
using FlexSc.Peers.BatchCost;

// What one call costs that leaves with others in a batch, against the trap. Arguments: ROUNDS CORE POLLING-CORE, -1 for no core.
// Prints a line of JSON for each way and batch size.
int[] batchSizes = [1, 2, 4, 8, 16, 32, 64];
int rounds = int.Parse(args[0], CultureInfo.InvariantCulture);
int? cpu = Core(args[1]);
int? pollCpu = Core(args[2]);

SyscallLoopOptions common = new() { Cpu = cpu, Pages = 4 };
List<IWay> ways = [new TrapWay(cpu)];
List<object> failures = [];
Add("io_uring: loop, NOP", BatchOperation.Nop, common with { Backend = SyscallBackendKind.IoUring });
if (pollCpu is not null)
{
    Add("io_uring, SQPOLL on the other core: loop, NOP", BatchOperation.Nop, common with { Backend = SyscallBackendKind.IoUring, SubmissionPollCpu = pollCpu });
}

Add("syscall-threads, n = 0: loop, getppid", BatchOperation.GetParentProcessId, common with { Backend = SyscallBackendKind.SyscallThreads });

Dictionary<(IWay Way, int Size), List<double>> figures = [];

// One more round first, which warms up and is not told.
for (int round = 0; round <= rounds; round++)
{
    foreach (int size in batchSizes)
    {
        foreach (IWay way in ways)
        {
            if (!figures.TryGetValue((way, size), out List<double>? values))
            {
                figures[(way, size)] = values = [];
            }

            double nanoseconds = way.NanosecondsPerCall(size);
            if (round > 0)
            {
                values.Add(nanoseconds);
            }
        }
    }
}

foreach (((IWay way, int size), List<double> values) in figures)
{
    Console.WriteLine(JsonSerializer.Serialize(new { way = way.Name, batchSize = size, nsPerCall = values, failure = (string?)null }));
}

failures.ForEach(failure => Console.WriteLine(JsonSerializer.Serialize(failure)));
ways.ForEach(way => way.Dispose());

static int? Core(string text) => int.Parse(text, CultureInfo.InvariantCulture) is >= 0 and int core ? core : null;

void Add(string name, int number, SyscallLoopOptions options)
{
    try
    {
        ways.Add(new LoopWay(name, number, options));
    }
    catch (Exception failure) when (failure is BackendUnavailableException or FlexSc.Interop.Linux.LinuxException)
    {
        failures.Add(new { way = name, batchSize = 0, nsPerCall = Array.Empty<double>(), failure = failure.Message });
    }
}
