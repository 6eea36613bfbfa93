using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using FlexSc.Peers.FileReads;

// Reads of one cached file: 4 KiB at random places by many readers, and 1 MiB one after the other by one. Arguments: ROUNDS FILE
// MILLISECONDS READERS [WAY]. The file is there and is read once before anything is measured; with the begin of a way's name only that is.
int rounds = int.Parse(args[0], CultureInfo.InvariantCulture);
string file = args[1];
TimeSpan duration = TimeSpan.FromMilliseconds(int.Parse(args[2], CultureInfo.InvariantCulture));
int readers = int.Parse(args[3], CultureInfo.InvariantCulture);

await using (FileStream whole = new(file, FileMode.Open, FileAccess.Read))
{
    await whole.CopyToAsync(Stream.Null).ConfigureAwait(false);
}

Load[] loads = [new("random 4 KiB", 4096, readers, IsRandom: true), new("sequential 1 MiB", 1 << 20, 1, IsRandom: false)];
using ActorReads actors = new(file);
IFileReads[] ways = [actors.Pooled, actors.Copied, new StreamFileIo(file), new AsyncFileStreams(file), new RandomAccessAsync(file), new RandomAccessSync(file)];
ways = [.. ways.Where(way => args.Length < 5 || way.Name.StartsWith(args[4], StringComparison.Ordinal))];

// One more round first, which compiles and is not told: a longer one, for the code of the hot paths is compiled twice.
const int WarmUpWindows = 4;
for (int round = 0; round <= rounds; round++)
{
    foreach (Load load in loads)
    {
        foreach (IFileReads way in ways)
        {
            using ReadCount count = new();
            TimeSpan cpuBefore = Environment.CpuUsage.TotalTime;
            long allocatedBefore = GC.GetTotalAllocatedBytes();
            long start = Stopwatch.GetTimestamp();
            Task reading = way.RunAsync(load, count);
            await Task.Delay(round == 0 ? duration * WarmUpWindows : duration).ConfigureAwait(false);
            long reads = count.Reads;
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            TimeSpan cpu = Environment.CpuUsage.TotalTime - cpuBefore;
            long allocated = GC.GetTotalAllocatedBytes() - allocatedBefore;
            count.Stop();
            await reading.ConfigureAwait(false);
            if (round > 0)
            {
                Console.WriteLine(JsonSerializer.Serialize(new
                {
                    load = load.Name,
                    way = way.Name,
                    readsPerSecond = reads / seconds,
                    cpuUsPerRead = cpu.TotalMicroseconds / Math.Max(1, reads),
                    allocatedBytesPerRead = allocated / (double)Math.Max(1, reads),
                }));
            }
        }
    }
}
