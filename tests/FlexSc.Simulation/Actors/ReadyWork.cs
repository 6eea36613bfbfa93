using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Dispatch;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.Actors;

/// <summary>
/// What the threads of an actor system would run: mailboxes of its dispatchers, and tasks. One is run a step, chosen by the seed from
/// all that are ready. They lie in the order of their first time, so that the order in which a hash table was walked does not show.
/// </summary>
internal sealed class ReadyWork(World world, ActorProcess process) : ISteppable
{
    private readonly List<(long Order, IThreadPoolWorkItem Work)> _ready = [];
    private readonly Dictionary<IThreadPoolWorkItem, long> _orders = [];
    private long _lastOrder;

    public bool IsDue => _ready.Count > 0 && !process.HasCrashed;

    public long DeadlineNs => long.MaxValue;

    public void Add(IThreadPoolWorkItem work)
    {
        ref long order = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_orders, work, out bool isKnown);
        order = isKnown ? order : ++_lastOrder;
        int index = _ready.Count;
        while (index > 0 && _ready[index - 1].Order > order)
        {
            index--;
        }

        _ready.Insert(index, (order, work));
    }

    public void Step()
    {
        int which = world.Random.Below(_ready.Count);
        IThreadPoolWorkItem work = _ready[which].Work;
        _ready.RemoveAt(which);
        if (world.IsTraced)
        {
            world.Trace($"{process.Name} runs {NameOf(work)}");
        }

        process.Run(work.Execute);
    }

    public override string ToString() => $"{process.Name} has {_ready.Count} ready to run{process.Describe()}";

    private static string NameOf(IThreadPoolWorkItem work)
    {
        // Akka.NET counts these over all systems of a process.
        const string counted = "/system/EventStreamUnsubscriber";
        string name = work is Mailbox mailbox ? ActorOf(mailbox).Self.Path.ToStringWithoutAddress() : work.GetType().Name;
        return name.StartsWith(counted, StringComparison.Ordinal) ? counted : name;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Actor")]
    private static extern ActorCell ActorOf(Mailbox mailbox);
}
