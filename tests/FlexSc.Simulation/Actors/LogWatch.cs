using System.Text.RegularExpressions;
using Akka.Actor;
using Akka.Event;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.Actors;

/// <summary>Takes what an actor system logs: an error that is not expected ends the run.</summary>
internal sealed partial class LogWatch : MinimalActorRef
{
    private readonly ActorProcess _process;
    private readonly Func<Error, bool> _isExpected;

    public LogWatch(ActorProcess process, ExtendedActorSystem system, Func<Error, bool> isExpected)
    {
        _process = process;
        _isExpected = isExpected;
        Provider = system.Provider;
        Path = system.Provider.RootPath / "log-watch";
        system.EventStream.Subscribe(this, typeof(Error));
        system.EventStream.Subscribe(this, typeof(Warning));
        system.EventStream.Subscribe(this, typeof(Info));
    }

    public override ActorPath Path { get; }

    public override IActorRefProvider Provider { get; }

    protected override void TellInternal(object message, IActorRef sender)
    {
        if (message is not LogEvent logged)
        {
            return;
        }

        if (_process.World.IsTraced)
        {
            _process.World.Trace($"{_process.Name} logs {logged.LogLevel()}: {Uid().Replace($"{logged.Message}", "")}");
        }

        if (logged is Error error && !_isExpected(error))
        {
            Exception? cause = error.Cause;
            _process.World.Fail(cause as SimulationFailure ?? new SimulationFailure($"{_process.Name} logs an error: {error.Message}: {cause?.Message}", cause));
        }
    }

    /// <summary>Akka.NET draws the uids of actors by a chance of its own.</summary>
    [GeneratedRegex(@"#\d+")]
    private static partial Regex Uid();
}
