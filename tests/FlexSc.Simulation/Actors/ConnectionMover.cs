using Akka.Actor;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Loop;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.Actors;

/// <summary>Asks single connections, whatever their actors are. Each answers once.</summary>
internal sealed class ConnectionMover(World world, ActorProcess process, MoveTally tally) : IMover
{
    private const int MostPause = 120;

    private long _next;
    private int _asked;
    private int _unanswered;

    public bool IsDue => !process.HasCrashed && _asked < MoveTally.MostOfProcess && world.Steps >= _next && Loops.Sum(static loop => loop.Io.ConnectionCount) > 0;

    public long DeadlineNs => long.MaxValue;

    /// <summary>Every connection that was asked has answered.</summary>
    public bool IsDone => process.HasCrashed || _unanswered == 0;

    private List<ActorLoop> Loops => process.Loops.Where(static loop => !loop.Loop.HasEnded).ToList();

    public void Step()
    {
        _next = world.Steps + world.Random.Below(MostPause);
        _asked++;
        List<ActorLoop> loops = Loops;
        TcpConnection[] connections = [.. loops.SelectMany(static loop => loop.Io.Connections)];
        if (connections.Length == 0)
        {
            return;
        }

        TcpConnection connection = connections[world.Random.Below(connections.Length)];
        ActorLoop target = loops[world.Random.Below(loops.Count)];
        bool isAnswered = false;
        _unanswered++;
        process.Run(() => connection.Tell(
            new MoveTo(target, refusal =>
            {
                if (isAnswered)
                {
                    world.Fail(new SimulationFailure($"{process.Name}: a move was answered twice, at last with {refusal ?? "success"}"));
                }

                isAnswered = true;
                _unanswered--;
                tally.Moved += refusal is null ? 1 : 0;
                tally.Refused += refusal is null ? 0 : 1;
                world.Trace($"{process.Name}: {connection.Path.Name} {(refusal is null ? "moved" : $"stays, {refusal}")}");
            }),
            ActorRefs.NoSender));
    }

    public override string ToString() => $"{process.Name} has {_unanswered} of {_asked} moves unanswered";
}
