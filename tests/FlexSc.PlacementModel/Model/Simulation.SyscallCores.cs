namespace FlexSc.PlacementModel.Model;

/// <content>Cores that execute the calls of loops.</content>
internal sealed partial class Simulation
{
    private void HandOver(LoopModel loop, SyscallCoreModel core, double at)
    {
        int count = 0;
        foreach ((double arrived, int part) in _taken)
        {
            core.Waiting.Add(arrived, part);
            count += part;
        }

        core.Ask(loop.Index, count);
        if (!core.IsBusy)
        {
            core.IsBusy = true;
            At(at, new Event(Kind.BatchEnds, core.Cpu));
        }
    }

    /// <summary>
    /// A core answers as it goes, in parts as long as a loop's turn: whoever asked does not wait for all that came with it.
    /// </summary>
    private void StartBatch(SyscallCoreModel core)
    {
        double perRequest = Now.Calls * (KernelMicroseconds + (_figures.TransferNs / 1000));
        (int loop, int count) = core.Take(Math.Max(1, (int)(_placement.TurnMicroseconds / perRequest)));
        core.IsBusy = count > 0;
        if (!core.IsBusy)
        {
            return;
        }

        (double start, double end) = _cores.Run(core.Cpu, -core.Cpu - 2, _now, count * perRequest);
        core.Busy += end - start;
        core.Entries += count * Now.Calls;
        _taken.Clear();
        core.Waiting.Take(count, _taken);
        Answer(_loops[loop], end);
        At(end, new Event(Kind.BatchEnds, core.Cpu));
    }
}
