using Akka.Actor;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.ActorFiles;

/// <summary>Actor systems over FlexFile: files that one actor changes, names in directories, and a file to which several append.</summary>
internal sealed class ActorFilesProgram : IModelProgram
{
    private const int MostHosts = 2;
    private const int MostFiles = 3;
    private const int MostDirectories = 2;
    private const int MostWriters = 2;
    private const int MostRounds = 3;
    private const int SmallFileSystemBytes = 32 * 1024;
    private const long MostSteps = 2_000_000;

    public string Name => "actor-files";

    public void Run(World world)
    {
        bool isFull = world.Random.Below(6) == 0;
        if (isFull)
        {
            world.Kernel.Files.LimitBytes = SmallFileSystemBytes;
        }

        SharedLog log = new(world, "/log");
        List<FileHost> hosts = [];
        List<FileModel> files = [];
        for (int i = 1 + world.Random.Below(MostHosts); i > 0; i--)
        {
            FileHost host = new(world, $"files{i}");
            hosts.Add(host);
            Start(host, log, isFull, files.Add);
        }

        // The first one stays.
        long crash = hosts.Count > 1 && world.Random.Below(2) == 0 ? world.Steps + world.Random.Between(100, 6_000) : long.MaxValue;
        world.RunUntil(
            () =>
            {
                if (world.Steps >= crash)
                {
                    crash = long.MaxValue;
                    hosts[^1].Process.Crash();
                }

                return hosts.TrueForAll(static host => host.IsDone);
            },
            "every user of files has ended", MostSteps);
        log.Check();
        files.ForEach(static file => file.CheckFile());
        hosts.ForEach(static host => host.RequireNothingInUse());
        hosts.ForEach(static host => host.Process.RequireNothingInUse());
        hosts.ForEach(static host => host.Process.Terminate());
    }

    private static void Start(FileHost host, SharedLog log, bool isFull, Action<FileModel> made)
    {
        World world = host.World;
        for (int i = 1 + world.Random.Below(MostFiles); i > 0; i--)
        {
            FileModel model = new(world, $"/{host.Process.Name}-{i}");
            made(model);
            int rounds = world.Random.Below(MostRounds);
            host.Start(ended => Props.Create(() => new FileUserActor(host, model, null, rounds, ended)));
        }

        for (int i = world.Random.Below(MostDirectories + 1); i > 0; i--)
        {
            string root = $"/{host.Process.Name}-names-{i}";
            host.Start(ended => Props.Create(() => new DirectoryUserActor(host, root, ended)));
        }

        // What fails midway would be told with a gap.
        for (int i = isFull ? 0 : world.Random.Below(MostWriters + 1); i > 0; i--)
        {
            host.Start(ended => Props.Create(() => new LogWriterActor(host, log, ended)));
        }
    }
}
