namespace FlexSc.Examples.Shared;

/// <summary>A number that goes up and down and can be waited for. From any thread.</summary>
internal sealed class Gauge
{
    private readonly Lock _gate = new();
    private readonly List<(Func<long, bool> Holds, TaskCompletionSource Reached)> _waiting = [];
    private long _value;

    public long Value => Volatile.Read(ref _value);

    public void Add(long difference)
    {
        lock (_gate)
        {
            Volatile.Write(ref _value, _value + difference);
            for (int i = _waiting.Count - 1; i >= 0; i--)
            {
                if (_waiting[i].Holds(_value))
                {
                    _waiting[i].Reached.SetResult();
                    _waiting.RemoveAt(i);
                }
            }
        }
    }

    /// <summary>Ends as soon as the value is such a one, however short.</summary>
    public Task WhenAsync(Func<long, bool> holds)
    {
        lock (_gate)
        {
            if (holds(_value))
            {
                return Task.CompletedTask;
            }

            // Not inside the gate, nor on the loop that moved the value.
            TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((holds, reached));
            return reached.Task;
        }
    }
}
