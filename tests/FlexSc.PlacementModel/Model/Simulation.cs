using System.Runtime.InteropServices;
using FlexSc.Akka.Placement;
using FlexSc.Interop.Capabilities;

namespace FlexSc.PlacementModel.Model;

/// <summary>
/// A discrete-event model of loops, syscall cores and their load. Time is in microseconds. An event is a loop's turn, a syscall core's
/// batch, requests that come, a read of the disk that ends: not single requests, so that a hundred cores can be simulated. Nothing is
/// drawn but noise of the samples and what waits for the disk, both by a seed.
/// </summary>
internal sealed partial class Simulation
{
    /// <summary>Threads by which cores know who ran last: loops, syscall cores by number, and the others.</summary>
    private const int PoolThread = 1_000_000;

    private const int DiskThread = 1_000_001;
    private const double PoolSliceMicroseconds = 3_000;
    private const double OfferEveryMicroseconds = 500;

    /// <summary>Less than these come together; more are a group of their own, and exact.</summary>
    private const int FewRequests = 10;

    private const double NoteEveryMicroseconds = 100_000;

    private readonly Scenario _scenario;
    private readonly CostFigures _figures;
    private readonly CpuTopology _machine;
    private readonly Cores _cores;
    private readonly LoopModel[] _loops;
    private readonly ActorModel _actor;
    private readonly Results _results;
    private readonly ModelledPlacement _placement;
    private readonly PriorityQueue<Event, (double At, long Order)> _events = new();
    private readonly Dictionary<int, SyscallCoreModel> _syscallCores = [];
    private readonly List<(double Arrived, int Count)> _taken = [];
    private readonly Random _random;

    /// <summary>Requests of each loop that come together later, by the time at which they do.</summary>
    private readonly Dictionary<(int Loop, double At), int> _coming = [];
    private int _phase;
    private CpuAllowance _allowance;
    private double _now;
    private long _order;
    private double _offerRest;

    /// <summary>Requests of closed loops that are under way, or that a client is about to make.</summary>
    private int _population;

    private Simulation(Scenario scenario, ModelMachine machine, CostFigures figures, ModelledPlacement placement, int seed)
    {
        _scenario = scenario;
        _figures = figures;
        _machine = machine.Topology;
        _allowance = machine.Topology.Allowance;
        _cores = new Cores(machine.Topology);
        _placement = placement;
        _loops = [.. Enumerable.Range(0, machine.Topology.Cores.Count).Select(static index => new LoopModel(index))];
        _actor = new ActorModel(ModelledPlacement.SlowRunMicroseconds);
        _results = new Results(scenario);
        _random = new Random(seed);
    }

    private enum Kind
    {
        Load,
        Offer,
        Actor,
        Arrive,
        ArriveTogether,
        TurnEnds,
        BatchEnds,
        DiskEnds,
        PoolEnds,
        Sample,
        Note,
    }

    /// <summary>Runs a scenario from its beginning to its end.</summary>
    public static RunFigures Run(Scenario scenario, ModelMachine machine, CostFigures figures, ModelledPlacement placement, int seed = 1)
    {
        Simulation simulation = new(scenario, machine, figures, placement, seed);
        return simulation.Run();
    }

    private RunFigures Run()
    {
        Apply(_placement.Plan);
        double start = 0;
        for (int i = 0; i < _scenario.Loads.Count; i++)
        {
            At(start, new Event(Kind.Load, i));
            start += _scenario.Loads[i].Seconds * 1e6;
        }

        At(_placement.IntervalMicroseconds, new Event(Kind.Sample));
        At(NoteEveryMicroseconds, new Event(Kind.Note));
        while (_events.TryDequeue(out Event next, out (double At, long Order) due) && due.At <= start)
        {
            _now = due.At;
            Handle(next);
        }

        return _results.Figures(_placement.Decisions);
    }

    private void Handle(in Event due)
    {
        switch (due.Kind)
        {
            case Kind.Load:
                Begin(due.Index);
                break;
            case Kind.Offer:
                Offer(due.Index);
                break;
            case Kind.Actor:
                TellActor(due.Index);
                break;
            case Kind.Arrive:
                Arrive(_loops[due.Index], due.Count);
                break;
            case Kind.ArriveTogether:
                _coming.Remove((due.Index, due.Length), out int together);
                Arrive(_loops[due.Index], together);
                break;
            case Kind.TurnEnds:
                EndTurn(_loops[due.Index]);
                break;
            case Kind.BatchEnds:
                StartBatch(_syscallCores[due.Index]);
                break;
            case Kind.DiskEnds:
                EndDisk(due);
                break;
            case Kind.PoolEnds:
                EndPool(due.Length);
                break;
            case Kind.Sample:
                Sample();
                break;
            default:
                _results.Note(_now, _cores.UsedUntil(_now), _placement.Plan.LoopsInUse, _placement.Plan.SyscallCores.Count);
                At(_now + NoteEveryMicroseconds, due);
                break;
        }
    }

    private Load Now => _scenario.Loads[_phase];

    private int WantedPopulation => Now.OfferedPerSecondPerCore > 0 ? 0 : Now.ConnectionsPerCore * _machine.Cores.Count;

    private void Begin(int phase)
    {
        _phase = phase;
        double? quota = Now.QuotaOfCores * _machine.Cores.Count;
        _cores.Quota = quota;
        _allowance = _machine.Allowance with { Quota = quota is double cores ? new CgroupCpuQuota("v2", cores) : null };
        SetConnections(Now.ConnectionsPerCore * _machine.Cores.Count);
        if (Now.OfferedPerSecondPerCore > 0)
        {
            At(_now, new Event(Kind.Offer, phase));
        }

        if (Now.ActorMessagesPerSecond > 0)
        {
            At(_now, new Event(Kind.Actor, phase));
        }
    }

    /// <summary>New ones come to the open loops in turn; when there are too many, each loop loses its part.</summary>
    private void SetConnections(int count)
    {
        int before = _loops.Sum(static loop => loop.Connections);
        if (count < before)
        {
            foreach (LoopModel loop in _loops)
            {
                loop.Connections = (int)((long)loop.Connections * count / before);
            }

            return;
        }

        LoopModel[] open = [.. _loops.Where(static loop => loop.Place.Role == LoopRole.Open)];
        int added = count - before;
        for (int i = 0; i < open.Length; i++)
        {
            int part = ((i + 1) * added / open.Length) - (i * added / open.Length);
            open[i].Connections += part;
            open[i].Tally.NewConnections += part;
            if (WantedPopulation > 0 && part > 0)
            {
                _population += part;
                At(_now + (_random.NextDouble() * Now.ThinkMicroseconds), new Event(Kind.Arrive, open[i].Index, part));
            }
        }
    }

    /// <summary>Requests that come whatever happens, to the loops by their connections.</summary>
    private void Offer(int phase)
    {
        if (phase != _phase)
        {
            return;
        }

        double offered = Now.OfferedPerSecondPerCore * _cores.Capacity * OfferEveryMicroseconds / 1e6;
        int connections = Math.Max(1, _loops.Sum(static loop => loop.Connections));
        foreach (LoopModel loop in _loops.Where(static loop => loop.Connections > 0))
        {
            double exact = (offered * loop.Connections / connections) + _offerRest;
            int count = (int)exact;
            _offerRest = exact - count;
            ConnectionMoves.Leave(loop, _loops, count);
            Queue(loop, count);
        }

        At(_now + OfferEveryMicroseconds, new Event(Kind.Offer, phase));
    }

    private void TellActor(int phase)
    {
        if (phase != _phase)
        {
            return;
        }

        if (_actor.IsEvicted)
        {
            _actor.Waiting++;
            StartPool();
        }
        else
        {
            _loops[ActorModel.Loop].ActorMessages++;
            StartTurn(_loops[ActorModel.Loop]);
        }

        At(_now + (1e6 / Now.ActorMessagesPerSecond), new Event(Kind.Actor, phase));
    }

    /// <summary>Clients ask again: a connection that is to move does so before, while it is idle.</summary>
    private void Arrive(LoopModel loop, int count)
    {
        (LoopModel? target, int left) = ConnectionMoves.Leave(loop, _loops, count);
        if (target is not null)
        {
            Queue(target, left);
        }

        if (count > left)
        {
            Queue(loop, count - left);
        }
    }

    private void Queue(LoopModel loop, int count)
    {
        loop.Waiting.Add(_now, count);
        StartTurn(loop);
    }

    private void StartTurn(LoopModel loop)
    {
        if (loop.IsBusy || (loop.Waiting.Count == 0 && loop.ActorMessages == 0))
        {
            return;
        }

        loop.IsBusy = true;
        RunTurn(loop, _figures.WakeNs / 1000);
    }

    private void RunTurn(LoopModel loop, double wake)
    {
        int cpu = loop.Place.Cpu ?? _cores.FirstFree(_allowance.Cpus);
        if (loop.ActorMessages > 0)
        {
            loop.ActorMessages--;
            RunActor(loop, cpu, wake);
            return;
        }

        bool isServed = loop.Place.ServedBy is not null;
        double perCall = isServed ? _figures.SubmitNs / 1000 : KernelMicroseconds + (_figures.PollutionNs / 1000);
        double perRequest = Now.UserMicroseconds + (Now.Calls * perCall);
        int count = Math.Min(loop.Waiting.Count, Math.Max(1, (int)(_placement.TurnMicroseconds / perRequest)));
        double kernel = wake + (isServed ? 0 : (_figures.BatchNs / 1000) + (count * Now.Calls * KernelMicroseconds));
        double user = (count * perRequest) - (isServed ? 0 : count * Now.Calls * KernelMicroseconds);
        (double start, double end) = _cores.Run(cpu, loop.Index, _now, kernel + user);
        loop.Tally.Waited += start - _now;

        // A busy sibling slows the kernel as it does the loop's own code.
        double inKernel = kernel / (kernel + user) * (end - start);
        loop.Tally.Kernel += inKernel;
        loop.Tally.User += end - start - inKernel;
        loop.Tally.Entries += count * Now.Calls;
        loop.Tally.Batches++;
        _taken.Clear();
        loop.Waiting.Take(count, _taken);
        if (loop.Place.ServedBy is int core)
        {
            HandOver(loop, _syscallCores[core], end);
        }
        else
        {
            Answer(loop, end);
        }

        At(end, new Event(Kind.TurnEnds, loop.Index));
    }

    private void EndTurn(LoopModel loop)
    {
        loop.IsBusy = false;
        if (loop.Waiting.Count > 0 || loop.ActorMessages > 0)
        {
            loop.IsBusy = true;
            RunTurn(loop, 0);
        }
    }

    private double KernelMicroseconds => (Now.KernelNs ?? _figures.SocketCallNs) / 1000;

    /// <summary>What was taken is answered, but for what has to wait for the disk.</summary>
    private void Answer(LoopModel loop, double at)
    {
        int answered = 0;
        int waiting = 0;
        foreach ((double arrived, int count) in _taken)
        {
            int reads = Now.DiskShare > 0 ? (int)((Now.DiskShare * count) + _random.NextDouble()) : 0;
            _results.Answered(at, arrived, count - reads);
            answered += count - reads;
            waiting += reads;
        }

        if (waiting > 0)
        {
            // Together, as if they had come with the first of them.
            At(at + Now.DiskMicroseconds, new Event(Kind.DiskEnds, loop.Index, waiting, _taken[0].Arrived));
        }

        AskAgain(loop, at, answered);
    }

    /// <summary>A thread of the kernel's copies what the disk brought, on a syscall core when there is one, else where there is room.</summary>
    private void EndDisk(in Event due)
    {
        IReadOnlyList<int> cpus = _placement.Plan.SyscallCores.Count > 0 ? _placement.Plan.SyscallCores : _allowance.Cpus;
        double end = _cores.Run(_cores.FirstFree(cpus), DiskThread, _now, due.Count * KernelMicroseconds).End;
        _results.Answered(end, due.Length, due.Count);
        AskAgain(_loops[due.Index], end, due.Count);
    }

    private void AskAgain(LoopModel loop, double at, int count)
    {
        int leaving = Math.Clamp(_population - WantedPopulation, 0, count);
        _population -= leaving;
        if (count > leaving && Now.OfferedPerSecondPerCore == 0)
        {
            Come(loop.Index, at + Now.ThinkMicroseconds, count - leaving);
        }
    }

    private void Come(int loop, double at, int count)
    {
        double together = _placement.TogetherMicroseconds;
        if (together <= 0 || count >= FewRequests)
        {
            At(at, new Event(Kind.Arrive, loop, count));
            return;
        }

        at = Math.Ceiling(at / together) * together;
        ref int coming = ref CollectionsMarshal.GetValueRefOrAddDefault(_coming, (loop, at), out bool isThere);
        coming += count;
        if (!isThere)
        {
            At(at, new Event(Kind.ArriveTogether, loop, Length: at));
        }
    }

    private void At(double time, Event due) => _events.Enqueue(due, (time, _order++));

    private readonly record struct Event(Kind Kind, int Index = 0, int Count = 0, double Length = 0);
}
