using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using FlexSc.Akka.IO;
using FlexSc.Simulation.Actors;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.ActorUdp;

/// <summary>A process with actors that send and receive datagrams.</summary>
internal sealed class DatagramProcess
{
    private readonly bool _isOnLoop;
    private readonly bool _hasOwnMailbox;
    private int _started;
    private int _running;

    public DatagramProcess(World world, string name, DatagramBook book)
    {
        int maxUnsent = 1 << world.Random.Below(7);
        Process = ActorProcess.Start(
            world, name, Small(world, maxUnsent).WithFallback(ActorConfig.Small(world)), error => IsOpenFailure(world, error));
        Tally = new DatagramTally(Process);
        Use = new DatagramUse(Process, Tally, book, world.Random.Below(2) == 0, world.Random.Below(2) == 0, maxUnsent);
        _isOnLoop = world.Random.Below(2) == 0;
        _hasOwnMailbox = world.Random.Below(2) == 0;
    }

    public ActorProcess Process { get; }

    public DatagramTally Tally { get; }

    public DatagramUse Use { get; }

    public bool IsDone => Process.HasCrashed || _running == 0;

    /// <summary>Starts an actor, which tells when it has ended.</summary>
    public IActorRef Start(Func<Action, Props> make)
    {
        _running++;
        Props props = make(() => _running--);
        props = _isOnLoop ? props.WithDispatcher(FlexTcpExt.DispatcherId) : props;
        return Process.ActorOf(_hasOwnMailbox ? props.WithMailbox(FlexTcpExt.MailboxId) : props, $"user{++_started}");
    }

    /// <summary>A socket may not be had for want of something, which is logged and answered.</summary>
    private static bool IsOpenFailure(World world, Error error) =>
        world.Kernel.Profile.TooManyFilesPerMillion > 0 && $"{error.Message}".StartsWith("Failed to ", StringComparison.Ordinal);

    private static Config Small(World world, int maxUnsent) => ConfigurationFactory.ParseString($$"""
        flexsc.udp {
          max-unsent-datagrams = {{maxUnsent}}
          max-sends-in-flight = {{1 << world.Random.Below(5)}}
          max-datagram-bytes = {{(world.Random.Below(3) == 0 ? 2048 : 0)}}
          max-unhandled-bytes = {{world.Random.Below(4) switch { 0 => -1, 1 => 0, _ => 256 << world.Random.Below(6) }}}
          max-unhandled-bytes-per-loop = {{(world.Random.Below(3) == 0 ? 1024 << world.Random.Below(4) : 67108864)}}
          pooled-low-water-buffers = {{1 + world.Random.Below(4)}}
        }
        """);
}
