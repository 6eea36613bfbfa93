using Akka.Actor;
using Akka.Dispatch.SysMsg;
using FlexSc.Akka.IO;
using FlexSc.Interop.Backends.Simulated;
using FlexSc.Simulation.Actors;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.ActorFiles;

/// <summary>Watches a handle, and is told of its end at once: its descriptor is closed then.</summary>
internal sealed class FileEndCheck : MinimalActorRef
{
    private readonly World _world;
    private readonly OpenDescription? _description;
    private readonly string _who;

    private FileEndCheck(ActorProcess process, FileHandle handle, string who)
    {
        _world = process.World;
        _description = process.Process.Find(handle.Descriptor);
        _who = who;
        Provider = handle.Provider;
        Path = Provider.RootPath / "file-end-check";
    }

    public override ActorPath Path { get; }

    public override IActorRefProvider Provider { get; }

    public static void Watch(ActorProcess process, IActorRef handle, string who)
    {
        FileHandle watched = (FileHandle)handle;
        watched.SendSystemMessage(new Watch(watched, new FileEndCheck(process, watched, who)));
    }

    public override void SendSystemMessage(ISystemMessage message)
    {
        if (message is DeathWatchNotification && _description is { IsOpen: true })
        {
            _world.Fail(new SimulationFailure($"{_who}: the handle has ended and its descriptor is open"));
        }
    }

    protected override void TellInternal(object message, IActorRef sender)
    {
    }
}
