using System.Diagnostics;

namespace FlexSc.Tests.Interleavings;

/// <summary>
/// Runs a few threads of a protocol in every order of their steps on memory as x86 has it (Sewell and others, x86-TSO, CACM 2010): each
/// thread's stores wait in a buffer and reach the others in order but late; a fence, or an exchange, empties it first. A step is one
/// access to memory. The threads run the code under test itself, one at a time, and stand still before each step.
/// </summary>
internal sealed class InterleavingExplorer
{
    private const int MostRuns = 200_000;

    private readonly Func<ModelMemory, IReadOnlyList<Action>> _threads;
    private readonly Func<ModelMemory, string?> _check;
    private readonly List<(int Chosen, int Options)> _path = [];
    private readonly HashSet<string> _states = [];

    /// <param name="threads">The threads' code, made anew for each run.</param>
    /// <param name="check">Looks at the memory when nothing runs any more: what is wrong, or null. A thread may still wait then.</param>
    public InterleavingExplorer(Func<ModelMemory, IReadOnlyList<Action>> threads, Func<ModelMemory, string?> check)
    {
        _threads = threads;
        _check = check;
    }

    /// <summary>Orders tried so far, but for those that lead to a state which another one has led to before.</summary>
    public int Runs { get; private set; }

    /// <summary>States that were come to.</summary>
    public int States => _states.Count;

    /// <summary>Tries every order.</summary>
    /// <returns>What is wrong and in which order, or null when no order shows anything.</returns>
    public string? FindFault()
    {
        do
        {
            Runs++;
            if (Runs > MostRuns)
            {
                throw new InvalidOperationException($"more than {MostRuns} orders: the protocol under test is too long");
            }

            if (RunOnce() is { } fault)
            {
                return fault;
            }
        }
        while (NextPath());
        return null;
    }

    private string? RunOnce()
    {
        List<string> trace = [];
        using ModelMemory memory = new(trace);
        memory.Start(_threads(memory));
        int depth = 0;
        while (true)
        {
            IReadOnlyList<ModelChoice> choices = memory.Choices();
            if (choices.Count == 0)
            {
                string? fault = memory.Failure ?? _check(memory);
                return fault is null ? null : $"{fault}: {string.Join("; ", trace)}";
            }

            if (depth == _path.Count)
            {
                if (!_states.Add(memory.State()))
                {
                    // All that can follow has been tried.
                    return null;
                }

                _path.Add((0, choices.Count));
            }

            Debug.Assert(_path[depth].Options == choices.Count, "the code under test is not deterministic");
            memory.Take(choices[_path[depth].Chosen]);
            depth++;
        }
    }

    /// <summary>The next path in the order of a depth-first search.</summary>
    private bool NextPath()
    {
        while (_path.Count > 0)
        {
            (int chosen, int options) = _path[^1];
            _path.RemoveAt(_path.Count - 1);
            if (chosen + 1 < options)
            {
                _path.Add((chosen + 1, options));
                return true;
            }
        }

        return false;
    }
}

/// <summary>What may happen next: a thread's next step, or its oldest store reaches the others.</summary>
internal readonly record struct ModelChoice(int Thread, bool Drain);
