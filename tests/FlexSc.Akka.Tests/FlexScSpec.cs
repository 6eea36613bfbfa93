using Akka.Configuration;
using Akka.TestKit.Xunit2;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.Tests;

/// <summary>A spec with an actor system of its own, that fails where it leaves something behind: see <see cref="LeftBehind"/>.</summary>
public abstract class FlexScSpec : TestKit
{
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(30);

    private readonly LeftBehind _leftBehind = new();

    protected FlexScSpec(Config config)
        : base(config)
    {
    }

    /// <summary>False for a system that is known to leave something, and says why.</summary>
    protected virtual bool LeavesNothing => true;

    protected override void Dispose(bool disposing)
    {
        ActorLoop[] loops = [.. LoopGroup.Of(Sys).StartedLoops];
        base.Dispose(disposing);

        // One that a test had fail is faulted, and has ended all the same.
        Task ended = Task.WhenAll(loops.Select(static loop => loop.Loop.Ended)).ContinueWith(static _ => { }, TaskScheduler.Default);
        if (!Sys.WhenTerminated.Wait(EndLimit) || !ended.Wait(EndLimit))
        {
            throw new InvalidOperationException("the actor system and its loops do not end");
        }

        if (LeavesNothing)
        {
            _leftBehind.AssertNothing(loops);
        }
    }
}
