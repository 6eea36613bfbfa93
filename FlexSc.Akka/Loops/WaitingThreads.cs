namespace FlexSc.Akka.Loops;

/// <summary>
/// Room in the thread pool for evicted actors whose handlers wait. The pool starts threads at once up to its minimum, which is the number of
/// cores, and beyond it one or two a second (see <see cref="ThreadPool.SetMinThreads"/>): a few handlers that wait would hold up everything
/// else that the pool has to run, completions of what they wait for among it. So the minimum is higher by one for each actor that waits.
/// Handlers that compute get no room: they would take the cores from the loops. From any thread.
/// </summary>
/// <param name="most">Most threads that one actor system asks for; 0 leaves the pool as it is.</param>
internal sealed class WaitingThreads(int most)
{
    /// <summary>The pool is the process', so all actor systems count together.</summary>
    private static readonly Lock Gate = new();

    private static int _asked;
    private static int _added;
    private static int _minimum;

    private int _waiting;

    /// <summary>Threads that this actor system asks for.</summary>
    public int Asked
    {
        get
        {
            lock (Gate)
            {
                return Math.Min(_waiting, most);
            }
        }
    }

    /// <summary>One more actor waits. On the thread pool.</summary>
    public void Add()
    {
        Change(1);

        // Whoever queues work makes the thread that it takes, and waits until that runs: better here than on the loop that tells the actor something.
        ThreadPool.UnsafeQueueUserWorkItem(static _ => { }, null);
    }

    /// <summary>One fewer does.</summary>
    public void Remove() => Change(-1);

    private void Change(int difference)
    {
        lock (Gate)
        {
            int before = Math.Min(_waiting, most);
            _waiting += difference;
            int after = Math.Min(_waiting, most);
            if (after != before)
            {
                _asked += after - before;
                Apply();
            }
        }
    }

    private static void Apply()
    {
        ThreadPool.GetMinThreads(out int minimum, out int ports);
        ThreadPool.GetMaxThreads(out int maximum, out _);
        int own = OwnMinimum(minimum, _minimum, _added);
        int added = Math.Clamp(_asked, 0, Math.Max(0, maximum - own));

        // Refused where somebody lowers the pool's maximum just now: the next change asks for all of it again.
        if (ThreadPool.SetMinThreads(own + added, ports))
        {
            _added = added;
            _minimum = own + added;
        }
    }

    /// <summary>
    /// The pool's minimum without what was added here. Where it is not what was set here last, the application has set it since, and means all of it.
    /// </summary>
    internal static int OwnMinimum(int minimum, int lastSet, int added) => minimum == lastSet ? minimum - added : minimum;
}
