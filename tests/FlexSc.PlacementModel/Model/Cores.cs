using FlexSc.Interop.Capabilities;

namespace FlexSc.PlacementModel.Model;

/// <summary>
/// The hardware threads, each doing one thing at a time in the order asked; a busy sibling makes one slower, and a quota stops all until
/// its next period.
/// </summary>
internal sealed class Cores
{
    private const double QuotaPeriod = 100_000;
    private const double SwitchMicroseconds = 1.5;
    private const int Nobody = -1;

    private readonly double[] _freeAt;
    private readonly int[] _lastThread;
    private readonly int[] _sibling;
    private readonly bool[] _isPolling;
    /// <summary>CPU that was used of each period's quota, or that a later start has taken of it already.</summary>
    private readonly Dictionary<long, double> _used = [];
    private int _polling;
    private double _polledSince;
    private double _total;
    private bool _wasHeldBack;

    public Cores(CpuTopology topology)
    {
        int highest = topology.Cores.Max(static core => core.Number) + 1;
        _freeAt = new double[highest];
        _isPolling = new bool[highest];
        _lastThread = [.. Enumerable.Repeat(Nobody, highest)];
        _sibling = [.. Enumerable.Repeat(Nobody, highest)];
        foreach (CpuCore core in topology.Cores)
        {
            _sibling[core.Number] = core.Siblings.FirstOrDefault(sibling => sibling != core.Number, Nobody);
        }

        Capacity = topology.Cores.Sum(core => _sibling[core.Number] == Nobody ? 1 : CostFigures.SmtSpeed);
    }

    /// <summary>
    /// What all of them do at a time, in hardware threads whose core is their own: siblings that are both busy do not do the work of two.
    /// </summary>
    public double Capacity { get; }

    /// <summary>Cores' worth of CPU time; null for no limit.</summary>
    public double? Quota { get; set; }

    /// <summary>CPU used so far, in microseconds.</summary>
    public double UsedUntil(double now) => _total + (_polling * (now - _polledSince));

    /// <summary>Whether a quota held anything back since the last time; asked once a period.</summary>
    public bool TakeHeldBack()
    {
        bool was = _wasHeldBack;
        _wasHeldBack = false;
        return was;
    }

    /// <summary>Cores that are never idle, because they look for work: that counts against a quota, too.</summary>
    public void SetPolling(IReadOnlyCollection<int> cpus, double now)
    {
        _total = UsedUntil(now);
        _polledSince = now;
        _polling = cpus.Count;
        Array.Clear(_isPolling);
        foreach (int cpu in cpus)
        {
            _isPolling[cpu] = true;
        }
    }

    /// <summary>Runs a thread for so much CPU, not before a time, as soon as its core is free.</summary>
    /// <returns>When it began, and when it ends.</returns>
    public (double Start, double End) Run(int cpu, int thread, double from, double cpuMicroseconds)
    {
        double start = StartWithinQuota(Math.Max(from, _freeAt[cpu]));
        if (_lastThread[cpu] != thread)
        {
            cpuMicroseconds += _lastThread[cpu] == Nobody ? 0 : SwitchMicroseconds;
            _lastThread[cpu] = thread;
        }

        int sibling = _sibling[cpu];
        bool isShared = sibling != Nobody && (_isPolling[sibling] || _freeAt[sibling] > start);
        double end = start + (cpuMicroseconds / (isShared ? CostFigures.SmtSpeed : 1));
        if (!_isPolling[cpu])
        {
            Count(start, end - start);
            _total += end - start;
        }

        _freeAt[cpu] = end;
        return (start, end);
    }

    /// <summary>The core among these that is free first.</summary>
    public int FirstFree(IReadOnlyList<int> cpus)
    {
        int first = cpus[0];
        for (int i = 1; i < cpus.Count; i++)
        {
            first = _freeAt[cpus[i]] < _freeAt[first] ? cpus[i] : first;
        }

        return first;
    }

    /// <summary>What is left of a period for those who do not poll; a little always is.</summary>
    private double Budget => Math.Max(0.01, (Quota ?? 0) - _polling) * QuotaPeriod;

    private double StartWithinQuota(double start)
    {
        if (Quota is null)
        {
            return start;
        }

        long period = (long)(start / QuotaPeriod);
        while (_used.GetValueOrDefault(period) >= Budget)
        {
            _wasHeldBack = true;
            period++;
            start = Math.Max(start, period * QuotaPeriod);
        }

        return start;
    }

    /// <summary>What goes beyond a period's quota is taken off the next one's.</summary>
    private void Count(double start, double cpuMicroseconds)
    {
        for (long period = (long)(start / QuotaPeriod); Quota is not null && cpuMicroseconds > 0; period++)
        {
            double used = _used.GetValueOrDefault(period);
            double part = Math.Clamp(Budget - used, 0, cpuMicroseconds);
            _used[period] = used + part;
            cpuMicroseconds -= part;
        }
    }
}
