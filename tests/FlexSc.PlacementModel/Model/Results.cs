namespace FlexSc.PlacementModel.Model;

/// <summary>Counts what was answered, by window and over time.</summary>
internal sealed class Results(Scenario scenario)
{
    private const double SliceMicroseconds = 100_000;

    private readonly IReadOnlyList<(double From, double To)> _windows = scenario.Windows;
    private readonly double[] _slices = new double[(int)Math.Ceiling(scenario.Seconds * 1e6 / SliceMicroseconds) + 1];
    private readonly double[] _actorSlices = new double[(int)Math.Ceiling(scenario.Seconds * 1e6 / SliceMicroseconds) + 1];
    private readonly List<(double Seconds, int Loops, int SyscallCores)> _plans = [];
    private readonly double[] _cpuAt = new double[(int)Math.Ceiling(scenario.Seconds * 1e6 / SliceMicroseconds) + 2];

    public void Answered(double now, double arrived, int count)
    {
        if (now - arrived <= scenario.LimitMicroseconds)
        {
            _slices[Math.Min(_slices.Length - 1, (int)(now / SliceMicroseconds))] += count;
        }
    }

    public void ActorHandled(double now) => _actorSlices[Math.Min(_actorSlices.Length - 1, (int)(now / SliceMicroseconds))]++;

    /// <summary>Called ten times a second.</summary>
    /// <param name="now">Microseconds.</param>
    /// <param name="cpu">CPU used so far, in microseconds.</param>
    /// <param name="loops">Loops in use.</param>
    /// <param name="syscallCores">Syscall cores.</param>
    public void Note(double now, double cpu, int loops, int syscallCores)
    {
        int slice = (int)Math.Round(now / SliceMicroseconds);
        _cpuAt[Math.Min(_cpuAt.Length - 1, slice)] = cpu;
        _plans.Add((now / 1e6, loops, syscallCores));
    }

    public RunFigures Figures(IReadOnlyList<(double Seconds, string Reason)> decisions) => new(
        [.. _windows.Select(Of)],
        decisions,
        [.. _plans.Select(plan => (plan.Seconds, _slices[(int)Math.Round(plan.Seconds * 1e6 / SliceMicroseconds) - 1] * 10, plan.Loops, plan.SyscallCores))]);

    private WindowFigures Of((double From, double To) window)
    {
        int first = (int)Math.Round(window.From * 1e6 / SliceMicroseconds);
        int end = (int)Math.Round(window.To * 1e6 / SliceMicroseconds);
        double requests = _slices[first..end].Sum();
        double seconds = window.To - window.From;
        return new WindowFigures(
            requests / seconds, _actorSlices[first..end].Sum() / seconds, requests > 0 ? (_cpuAt[end] - _cpuAt[first]) / requests : 0);
    }
}
