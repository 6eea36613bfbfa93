namespace FlexSc.PlacementModel.Model;

/// <content>The actor that computes or blocks, on its loop and off it.</content>
internal sealed partial class Simulation
{
    private void RunActor(LoopModel loop, int cpu, double wake)
    {
        (double start, double end) = _cores.Run(cpu, loop.Index, _now, wake + Now.ActorComputeMicroseconds);
        loop.Tally.User += end - start;
        loop.Tally.Waited += start - _now;
        _actor.Begin(start);
        end += Now.ActorBlockMicroseconds;
        At(end, new Event(Kind.PoolEnds, 0, Length: -1));
        At(end, new Event(Kind.TurnEnds, loop.Index));
    }

    /// <summary>The actor off its loop: it computes in slices, so that loops on the same core come in between.</summary>
    private void StartPool()
    {
        if (!_actor.IsRunningElsewhere && _actor.Waiting > 0)
        {
            _actor.IsRunningElsewhere = true;
            _actor.Waiting--;
            _actor.Begin(_now);
            RunSlice(Now.ActorComputeMicroseconds);
        }
    }

    private void RunSlice(double rest)
    {
        double slice = Math.Min(rest, PoolSliceMicroseconds);
        double end = slice > 0 ? _cores.Run(_cores.FirstFree(_allowance.Cpus), PoolThread, _now, slice).End : _now;
        At(rest - slice > 0 ? end : end + Now.ActorBlockMicroseconds, new Event(Kind.PoolEnds, 0, Length: rest - slice));
    }

    /// <param name="rest">What is left to compute; negative when the actor ran on its loop.</param>
    private void EndPool(double rest)
    {
        if (rest > 0)
        {
            RunSlice(rest);
            return;
        }

        _actor.End(_now);
        _results.ActorHandled(_now);
        if (rest == 0)
        {
            _actor.IsRunningElsewhere = false;
            StartPool();
        }
    }
}
