using FlexSc.Akka.Loops;
using FlexSc.Interop.Loop;

namespace FlexSc.Simulation.Worlds;

/// <summary>While it lasts, this thread is one of a process: what it starts and calls is that process's, and the loop is its own.</summary>
internal readonly ref struct Surroundings
{
    private readonly LoopEnvironment _environmentBefore;
    private readonly ActorLoop? _loopBefore;

    public Surroundings(LoopEnvironment environment, ActorLoop? loop = null)
    {
        _environmentBefore = LoopEnvironment.Ambient;
        _loopBefore = ActorLoop.Current;
        LoopEnvironment.Ambient = environment;
        ActorLoop.Current = loop;
    }

    public void Dispose()
    {
        LoopEnvironment.Ambient = _environmentBefore;
        ActorLoop.Current = _loopBefore;
    }
}
