using System.Diagnostics;
using Akka.Actor;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Loop;

namespace FlexSc.Peers.Stalling;

/// <summary>Holds up whatever runs it, in the way that a message says.</summary>
internal sealed class Staller : ReceiveActor
{
    public Staller(Counted counted)
    {
        Receive<Block>(message =>
        {
            counted.Begin();
            Thread.Sleep(message.Milliseconds);
        });
        Receive<Compute>(message =>
        {
            counted.Begin();
            long start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start).TotalMilliseconds < message.Milliseconds)
            {
                Thread.SpinWait(1);
            }
        });

        // Waits for its own answer, which it cannot give: for ever.
        Receive<Deadlock>(message =>
        {
            counted.Begin();
            Self.Ask<object>(message).Wait();
        });
        Receive<WhichLoop>(_ => Sender.Tell(new Place(SyscallLoop.Current)));
    }
}

internal sealed record Block(int Milliseconds);

internal sealed record Compute(int Milliseconds);

internal sealed record Deadlock;

internal sealed record WhichLoop;

/// <summary>Where an actor runs; null for the thread pool.</summary>
internal sealed record Place(SyscallLoop? Loop);

/// <summary>Messages that stallers have begun with. From any thread.</summary>
internal sealed class Counted
{
    private int _begun;

    public int Begun => Volatile.Read(ref _begun);

    public void Begin() => Interlocked.Increment(ref _begun);
}

/// <summary>Keeps what the event stream tells of evictions. Off the loops, which may be held up.</summary>
internal sealed class EvictionKeeper : ReceiveActor
{
    public const string DispatcherId = "akka.actor.internal-dispatcher";

    public EvictionKeeper(Counted counted, Action<int> onEvicted) =>
        Receive<ActorEvicted>(_ => onEvicted(counted.Begun));

    protected override void PreStart() => Context.System.EventStream.Subscribe(Self, typeof(ActorEvicted));
}
