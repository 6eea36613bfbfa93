using Akka.Actor;
using Akka.Configuration;
using FlexSc.Akka.IO;
using FlexSc.Simulation.Actors;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.ActorFiles;

/// <summary>A process with actors that use files.</summary>
internal sealed class FileHost
{
    private const long MostSteps = 2_000_000;

    private readonly bool _isOnLoop;
    private readonly bool _hasOwnMailbox;
    private int _started;
    private int _running;

    public FileHost(World world, string name)
    {
        World = world;
        MostBytes = 64 << world.Random.Below(6);
        MostQueued = world.Random.Below(3) switch { 0 => world.Random.Below(4), _ => 64 };
        Process = ActorProcess.Start(world, name, Small().WithFallback(ActorConfig.Small(world)));
        _isOnLoop = world.Random.Below(2) == 0;
        _hasOwnMailbox = world.Random.Below(2) == 0;
    }

    public World World { get; }

    public ActorProcess Process { get; }

    /// <summary>Most bytes of a read, and of one call of a write.</summary>
    public int MostBytes { get; }

    /// <summary>Most commands of a handle that wait.</summary>
    public int MostQueued { get; }

    public bool IsDone => Process.HasCrashed || _running == 0;

    /// <summary>Starts an actor, which tells when it has ended.</summary>
    public void Start(Func<Action, Props> make)
    {
        _running++;
        Props props = make(() => _running--);
        props = _isOnLoop ? props.WithDispatcher(FlexTcpExt.DispatcherId) : props;
        Process.ActorOf(_hasOwnMailbox ? props.WithMailbox(FlexTcpExt.MailboxId) : props, $"user{++_started}");
    }

    /// <summary>Nothing of files is in use any more.</summary>
    public void RequireNothingInUse()
    {
        if (!Process.HasCrashed)
        {
            World.RunUntil(
                () => FlexFile.For(Process.System).Figures.All(static loop => loop is { OpenFiles: 0, Commands: 0, TransferBytes: 0 }),
                $"{Process.Name} has closed its files", MostSteps);
        }
    }

    private Config Small() => ConfigurationFactory.ParseString($$"""
        flexsc.file {
          max-in-flight = {{1 << World.Random.Below(5)}}
          max-queued = {{MostQueued}}
          max-path-calls = {{1 + World.Random.Below(4)}}
          max-queued-path-calls = 64
          max-read-bytes = {{MostBytes}}
          write-piece-bytes = {{MostBytes}}
          max-transfer-bytes-per-loop = {{MostBytes << World.Random.Below(4)}}
        }
        """);
}
