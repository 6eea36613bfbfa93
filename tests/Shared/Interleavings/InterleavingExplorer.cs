namespace FlexSc.Tests.Interleavings;

/// <summary>
/// Runs a few threads of a protocol in every order of their steps on memory as x86 has it (Sewell and others, x86-TSO, CACM 2010): each
/// thread's stores wait in a buffer and reach the others in order but late; a fence, or an exchange, empties it first. A step is one
/// access to memory. The threads run the code under test itself, one step at a time.
/// </summary>
/// <param name="threads">The threads' code, made anew for each step; it may share nothing but the memory.</param>
/// <param name="check">Looks at the memory when nothing runs any more: what is wrong, or null. A thread may still wait then.</param>
internal sealed class InterleavingExplorer(Func<ModelMemory, IReadOnlyList<Action>> threads, Func<ModelMemory, string?> check)
{
    private const int MostSteps = 2_000_000;

    private readonly ModelMemory _memory = new(threads);
    private readonly List<string> _trace = [];
    private readonly HashSet<string> _states = [];

    /// <summary>Steps tried so far, from all states together.</summary>
    public int Steps { get; private set; }

    /// <summary>States that were come to.</summary>
    public int States => _states.Count;

    /// <summary>Tries every order.</summary>
    /// <returns>What is wrong and in which order, or null when no order shows anything.</returns>
    public string? FindFault()
    {
        ModelState start = _memory.Start();
        _states.Add(start.Text());
        return FaultAfter(start);
    }

    private string? FaultAfter(ModelState state)
    {
        _memory.Restore(state);
        IReadOnlyList<ModelChoice> choices = _memory.Choices();
        if ((_memory.Failure ?? (choices.Count == 0 ? check(_memory) : null)) is { } found)
        {
            return $"{found}: {string.Join("; ", _trace)}";
        }

        foreach (ModelChoice choice in choices)
        {
            Steps++;
            if (Steps > MostSteps)
            {
                throw new InvalidOperationException($"more than {MostSteps} steps: the protocol under test is too long");
            }

            _memory.Restore(state);
            _trace.Add(_memory.Take(choice));
            ModelState next = _memory.State();

            // Where another order has led before, all that can follow has been tried.
            if ((_memory.Failure is not null || _states.Add(next.Text())) && FaultAfter(next) is { } fault)
            {
                return fault;
            }

            _trace.RemoveAt(_trace.Count - 1);
        }

        return null;
    }
}

/// <summary>What may happen next: a thread's next step, or its oldest store reaches the others.</summary>
internal readonly record struct ModelChoice(int Thread, bool Drain);
