using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace FlexSc.Tests.Interleavings;

/// <summary>
/// Memory of a model, and the threads that use it; see <see cref="InterleavingExplorer"/>. Cells are named, and hold 0 at first. A thread
/// is what its code has read so far: to go on with one, its code runs again from the beginning, is given the same answers, and makes one
/// step more. So a state is a value that can be gone back to, and nothing needs a thread of the system's.
/// </summary>
/// <param name="threads">The threads' code, made anew whenever one goes on; it may share nothing but this memory.</param>
internal sealed class ModelMemory(Func<ModelMemory, IReadOnlyList<Action>> threads)
{
    private static readonly StepReachedException StepReached = new();

    [ThreadStatic]
    private static ModelMemory? t_current;

    private Dictionary<string, int> _cells = [];
    private ModelThread[] _threads = [];

    // Of the thread that goes on.
    private readonly List<int> _answers = [];
    private readonly Queue<(string Cell, int Value)> _stores = new();
    private ModelThread _thread = ModelThread.NotStarted;
    private int _replayed;
    private bool _mayStep;

    /// <summary>What a thread threw, or null.</summary>
    public string? Failure { get; private set; }

    /// <summary>What a cell holds when all stores have arrived. Between steps of the threads, and inside a step that is atomic.</summary>
    public int Final(string cell) => _cells.GetValueOrDefault(cell);

    /// <summary>A store that reaches the others late.</summary>
    public void Store(string cell, int value) => Step($"{cell} = {value}", () =>
    {
        _stores.Enqueue((cell, value));
        return 0;
    });

    /// <summary>A load: the thread's own latest store, or what has reached memory.</summary>
    public int Load(string cell) => Step($"{cell}?", () => See(cell));

    /// <summary>An exchange: a full fence.</summary>
    public int Exchange(string cell, int value) => Step($"{cell} <-> {value}", () =>
    {
        DrainAll();
        int before = Final(cell);
        _cells[cell] = value;
        return before;
    });

    /// <summary>A compare-and-exchange: a full fence, whatever comes of it.</summary>
    public int CompareExchange(string cell, int value, int expected) => Step($"{cell} <-> {value} if {expected}", () =>
    {
        DrainAll();
        int before = Final(cell);
        if (before == expected)
        {
            _cells[cell] = value;
        }

        return before;
    });

    public void Fence() => Step("fence", () =>
    {
        DrainAll();
        return 0;
    });

    /// <summary>Something at once for all, that is no part of the protocol under test, as another thread's wake-up.</summary>
    public void Atomically(string what, Action act) => Step(what, () =>
    {
        DrainAll();
        act();
        return 0;
    });

    /// <summary>The same with an answer.</summary>
    public int Atomically(string what, Func<int> act) => Step(what, () =>
    {
        DrainAll();
        return act();
    });

    /// <summary>Gives a cell a value. Inside <see cref="Atomically(string, Action)"/>.</summary>
    public void Put(string cell, int value) => _cells[cell] = value;

    /// <summary>Adds one to a cell. Inside <see cref="Atomically(string, Action)"/>.</summary>
    public void Add(string cell) => _cells[cell] = Final(cell) + 1;

    /// <summary>Whether the thread has a store of the cell under way. No step.</summary>
    public static bool HasStored(string cell) => t_current!.HasStoreUnderWay(cell);

    /// <summary>Waits until memory fulfils a condition.</summary>
    public void WaitUntil(string what, Func<ModelMemory, bool> condition) => Step(what, static () => 0, () => condition(this));

    /// <summary>Waits until memory fulfils a condition, and then does something at once for all.</summary>
    public void WaitUntil(string what, Func<ModelMemory, bool> condition, Action act) => Step(
        what,
        () =>
        {
            DrainAll();
            act();
            return 0;
        },
        () => condition(this));

    /// <summary>Every thread goes to its first step.</summary>
    public ModelState Start()
    {
        int count = threads(this).Count;
        _threads = [.. Enumerable.Repeat(ModelThread.NotStarted, count)];
        for (int i = 0; i < count; i++)
        {
            GoOn(i, mayStep: false);
        }

        return State();
    }

    /// <summary>Where the model is.</summary>
    public ModelState State() => new(new Dictionary<string, int>(_cells), (ModelThread[])_threads.Clone());

    /// <summary>Goes back to where it was.</summary>
    public void Restore(ModelState state)
    {
        _cells = new Dictionary<string, int>(state.Cells);
        _threads = (ModelThread[])state.Threads.Clone();
    }

    public IReadOnlyList<ModelChoice> Choices()
    {
        List<ModelChoice> choices = [];
        for (int i = 0; i < _threads.Length; i++)
        {
            ModelThread thread = _threads[i];
            if (!thread.HasEnded && thread.MayGo())
            {
                choices.Add(new ModelChoice(i, Drain: false));
            }

            if (thread.Stores.Length > 0)
            {
                choices.Add(new ModelChoice(i, Drain: true));
            }
        }

        return choices;
    }

    /// <returns>What was done.</returns>
    public string Take(ModelChoice choice)
    {
        ModelThread thread = _threads[choice.Thread];
        if (!choice.Drain)
        {
            GoOn(choice.Thread, mayStep: true);
            return $"{choice.Thread}: {thread.What}";
        }

        (string cell, int value) = thread.Stores[0];
        _cells[cell] = value;
        _threads[choice.Thread] = thread with { Stores = thread.Stores[1..] };
        return $"{choice.Thread}'s {cell} arrives";
    }

    private void GoOn(int number, bool mayStep)
    {
        // The code may set cells while it is made; they are set already.
        Dictionary<string, int> cells = _cells;
        _cells = mayStep ? [] : cells;
        Action body = threads(this)[number];
        _cells = cells;

        _thread = _threads[number];
        _mayStep = mayStep;
        _replayed = 0;
        _answers.Clear();
        _answers.AddRange(_thread.Answers);
        _stores.Clear();
        foreach ((string, int) store in _thread.Stores)
        {
            _stores.Enqueue(store);
        }

        ModelThread reached;
        t_current = this;
        try
        {
            body();
            reached = _thread with { HasEnded = true };
        }
        catch (StepReachedException)
        {
            reached = _thread;
        }
        catch (Exception exception)
        {
            Failure ??= exception.Message;
            reached = _thread with { HasEnded = true };
        }

        t_current = null;
        _threads[number] = reached with { Answers = [.. _answers], Stores = [.. _stores] };
    }

    private int Step(string what, Func<int> act, Func<bool>? mayGo = null)
    {
        Debug.Assert(t_current == this, "not a thread of the model");
        if (_replayed < _answers.Count)
        {
            return _answers[_replayed++];
        }

        if (!_mayStep)
        {
            _thread = _thread with { What = what, MayGo = mayGo ?? (static () => true) };
            throw StepReached;
        }

        Debug.Assert(what == _thread.What, "the code under test is not deterministic");
        _mayStep = false;
        int answer = act();
        _answers.Add(answer);
        _replayed++;
        return answer;
    }

    private bool HasStoreUnderWay(string cell)
    {
        if (_replayed == _answers.Count)
        {
            _answers.Add(_stores.Any(store => store.Cell == cell) ? 1 : 0);
        }

        return _answers[_replayed++] != 0;
    }

    private int See(string cell)
    {
        int value = Final(cell);
        foreach ((string stored, int later) in _stores)
        {
            value = stored == cell ? later : value;
        }

        return value;
    }

    private void DrainAll()
    {
        while (_stores.TryDequeue(out (string Cell, int Value) store))
        {
            _cells[store.Cell] = store.Value;
        }
    }

    /// <summary>A thread's code has come to its next step.</summary>
    private sealed class StepReachedException : Exception;
}

/// <summary>A thread of a model: how far it is follows from the answers it was given.</summary>
internal sealed record ModelThread(int[] Answers, (string Cell, int Value)[] Stores, string What, Func<bool> MayGo, bool HasEnded)
{
    public static readonly ModelThread NotStarted = new([], [], "", static () => true, HasEnded: false);
}

/// <summary>What memory and the threads' store buffers hold, and how far each thread is.</summary>
internal sealed record ModelState(Dictionary<string, int> Cells, ModelThread[] Threads)
{
    /// <summary>All that the future depends on, as a text.</summary>
    public string Text()
    {
        StringBuilder text = new();
        foreach ((string cell, int value) in Cells.Where(cell => cell.Value != 0).OrderBy(cell => cell.Key, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"{cell}={value} ");
        }

        foreach (ModelThread thread in Threads)
        {
            text.Append('|').AppendJoin(',', thread.Answers);
            foreach ((string cell, int value) in thread.Stores)
            {
                text.Append(CultureInfo.InvariantCulture, $" {cell}={value}");
            }
        }

        return text.ToString();
    }
}
