namespace FlexSc.Akka.Loops;

/// <summary>What another thread gives to a loop, and goes to another one where that is given up before it came to it. From any thread.</summary>
/// <param name="loop">The loop that it is given to.</param>
internal abstract class LoopArrival(ActorLoop loop) : ILoopWork
{
    /// <summary>The loop that it is given to.</summary>
    protected ActorLoop Loop => loop;

    /// <summary>Whether it may go to another loop.</summary>
    protected virtual bool MayGoElsewhere => true;

    /// <summary>Has the loop take it.</summary>
    /// <returns>False when the loop has ended: it is the caller's still.</returns>
    public bool TryBegin()
    {
        loop.Arrivals.Add(this);
        if (!loop.TrySchedule(this))
        {
            return !loop.Arrivals.TryTake(this);
        }

        // Given up between the choice and now: nobody will look at what waits there again.
        if (loop.IsGivenUp)
        {
            GoElsewhere();
        }

        return true;
    }

    public void Execute() => Run();

    public void Run()
    {
        if (loop.Arrivals.TryTake(this))
        {
            OnArrived();
        }
    }

    public void OnNotRun()
    {
        if (loop.Arrivals.TryTake(this))
        {
            OnLoopEnded();
        }
    }

    /// <summary>The loop is given up: has another one take it, unless there is none, or the loop came to it meanwhile.</summary>
    public void GoElsewhere()
    {
        if (MayGoElsewhere && loop.Group.GivenUp.HasOthers(loop) && loop.Arrivals.TryTake(this))
        {
            GoTo(loop.Group.Next());
        }
    }

    /// <summary>The loop has come to it. On the loop's thread.</summary>
    protected abstract void OnArrived();

    /// <summary>The loop has ended before it came to it.</summary>
    protected abstract void OnLoopEnded();

    /// <summary>Gives it to another loop, which may have ended.</summary>
    protected abstract void GoTo(ActorLoop other);
}
