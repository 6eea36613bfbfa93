using System.Text;

namespace FlexSc.Tests.Interleavings;

/// <summary>
/// Memory of a model, and the threads that use it; see <see cref="InterleavingExplorer"/>. Cells are named, and hold 0 at first.
/// </summary>
internal sealed class ModelMemory(List<string> trace) : IDisposable
{
    [ThreadStatic]
    private static ModelThread? t_current;

    private readonly Dictionary<string, int> _cells = [];
    private readonly List<ModelThread> _threads = [];
    private readonly SemaphoreSlim _stopped = new(0);

    /// <summary>What a thread threw, or null.</summary>
    public string? Failure { get; private set; }

    /// <summary>What a cell holds when all stores have arrived. Between runs of the threads, and inside a step that is atomic.</summary>
    public int Final(string cell) => _cells.GetValueOrDefault(cell);

    /// <summary>A store that reaches the others late.</summary>
    public void Store(string cell, int value) => Step($"{cell} = {value}", thread => thread.Stores.Enqueue((cell, value)));

    /// <summary>A load: the thread's own latest store, or what has reached memory.</summary>
    public int Load(string cell)
    {
        int value = 0;
        Step($"{cell}?", thread =>
        {
            value = See(thread, cell);
            thread.Seen.Append(value);
        });
        return value;
    }

    /// <summary>An exchange: a full fence.</summary>
    public int Exchange(string cell, int value)
    {
        int before = 0;
        Step($"{cell} <-> {value}", thread =>
        {
            DrainAll(thread);
            before = _cells.GetValueOrDefault(cell);
            _cells[cell] = value;
            thread.Seen.Append(before);
        });
        return before;
    }

    /// <summary>A compare-and-exchange: a full fence, whatever comes of it.</summary>
    public int CompareExchange(string cell, int value, int expected)
    {
        int before = 0;
        Step($"{cell} <-> {value} if {expected}", thread =>
        {
            DrainAll(thread);
            before = _cells.GetValueOrDefault(cell);
            if (before == expected)
            {
                _cells[cell] = value;
            }

            thread.Seen.Append(before);
        });
        return before;
    }

    public void Fence() => Step("fence", DrainAll);

    /// <summary>Something at once for all, that is no part of the protocol under test, as another thread's wake-up.</summary>
    public void Atomically(string what, Action act) => Step(what, thread =>
    {
        DrainAll(thread);
        act();
    });

    /// <summary>The same with an answer.</summary>
    public int Atomically(string what, Func<int> act)
    {
        int answer = 0;
        Step(what, thread =>
        {
            DrainAll(thread);
            answer = act();
            thread.Seen.Append(answer);
        });
        return answer;
    }

    /// <summary>Gives a cell a value. Inside <see cref="Atomically(string, Action)"/>.</summary>
    public void Put(string cell, int value) => _cells[cell] = value;

    /// <summary>Adds one to a cell. Inside <see cref="Atomically(string, Action)"/>.</summary>
    public void Add(string cell) => _cells[cell] = _cells.GetValueOrDefault(cell) + 1;

    /// <summary>Whether the thread has a store of the cell under way. No step.</summary>
    public static bool HasStored(string cell) => t_current!.Stores.Any(store => store.Cell == cell);

    /// <summary>Waits until memory fulfils a condition.</summary>
    public void WaitUntil(string what, Func<ModelMemory, bool> condition) => Step(what, static _ => { }, () => condition(this));

    /// <summary>Waits until memory fulfils a condition, and then does something at once for all.</summary>
    public void WaitUntil(string what, Func<ModelMemory, bool> condition, Action act) => Step(
        what,
        thread =>
        {
            DrainAll(thread);
            act();
        },
        () => condition(this));

    public void Start(IReadOnlyList<Action> bodies)
    {
        foreach (Action body in bodies)
        {
            ModelThread thread = new(_threads.Count);
            _threads.Add(thread);
            thread.Thread = new Thread(() => Run(thread, body)) { IsBackground = true };
            thread.Thread.Start();
            _stopped.Wait();
        }
    }

    /// <summary>
    /// All that the future depends on: what memory and the buffers hold, and how far each thread is, which follows from what it has
    /// read.
    /// </summary>
    public string State()
    {
        StringBuilder state = new();
        foreach ((string cell, int value) in _cells.OrderBy(cell => cell.Key, StringComparer.Ordinal))
        {
            state.Append(cell).Append('=').Append(value).Append(' ');
        }

        foreach (ModelThread thread in _threads)
        {
            state.Append('|').Append(thread.Steps).Append(':').Append(thread.Seen);
            foreach ((string cell, int value) in thread.Stores)
            {
                state.Append(' ').Append(cell).Append('=').Append(value);
            }
        }

        return state.ToString();
    }

    public IReadOnlyList<ModelChoice> Choices()
    {
        List<ModelChoice> choices = [];
        foreach (ModelThread thread in _threads)
        {
            if (!thread.HasEnded && thread.MayGo())
            {
                choices.Add(new ModelChoice(thread.Number, Drain: false));
            }

            if (thread.Stores.Count > 0)
            {
                choices.Add(new ModelChoice(thread.Number, Drain: true));
            }
        }

        return choices;
    }

    public void Take(ModelChoice choice)
    {
        ModelThread thread = _threads[choice.Thread];
        if (choice.Drain)
        {
            trace.Add($"{thread.Number}'s {thread.Stores.Peek().Cell} arrives");
            DrainOne(thread);
        }
        else
        {
            trace.Add($"{thread.Number}: {thread.What}");
            thread.Go.Release();
            _stopped.Wait();
        }
    }

    public void Dispose()
    {
        foreach (ModelThread thread in _threads)
        {
            thread.IsCancelled = true;
            thread.Go.Release();
            thread.Thread!.Join();
            thread.Go.Dispose();
        }

        _stopped.Dispose();
    }

    private void Run(ModelThread thread, Action body)
    {
        t_current = thread;
        try
        {
            body();
        }
        catch (ThreadInterruptedException)
        {
            // The run is over; the thread waited for something that does not come.
        }
        catch (Exception exception)
        {
            Failure ??= exception.Message;
        }

        thread.HasEnded = true;
        if (!thread.IsCancelled)
        {
            _stopped.Release();
        }
    }

    private void Step(string what, Action<ModelThread> act, Func<bool>? mayGo = null)
    {
        ModelThread thread = t_current ?? throw new InvalidOperationException("not a thread of the model");
        thread.What = what;
        thread.MayGo = mayGo ?? (static () => true);
        _stopped.Release();
        thread.Go.Wait();
        if (thread.IsCancelled)
        {
            throw new ThreadInterruptedException();
        }

        thread.Steps++;
        act(thread);
    }

    private int See(ModelThread thread, string cell)
    {
        int value = _cells.GetValueOrDefault(cell);
        foreach ((string stored, int later) in thread.Stores)
        {
            value = stored == cell ? later : value;
        }

        return value;
    }

    private void DrainAll(ModelThread thread)
    {
        while (thread.Stores.Count > 0)
        {
            DrainOne(thread);
        }
    }

    private void DrainOne(ModelThread thread)
    {
        (string cell, int value) = thread.Stores.Dequeue();
        _cells[cell] = value;
    }

    private sealed class ModelThread(int number)
    {
        public int Number => number;

        public Thread? Thread { get; set; }

        public SemaphoreSlim Go { get; } = new(0);

        public Queue<(string Cell, int Value)> Stores { get; } = new();

        /// <summary>What it has read, in order.</summary>
        public StringBuilder Seen { get; } = new();

        public int Steps { get; set; }

        public string What { get; set; } = "";

        public Func<bool> MayGo { get; set; } = static () => true;

        public bool HasEnded { get; set; }

        public bool IsCancelled { get; set; }
    }
}
