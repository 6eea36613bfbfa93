using FlexSc.Interop.Backends.Simulated;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;
using FlexSc.Simulation.Actors;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.ActorUnix;

/// <summary>Descriptors that a connection passes with some of its bytes.</summary>
/// <param name="First">Position of the first of those bytes in the stream.</param>
/// <param name="End">Position behind the last one.</param>
/// <param name="Numbers">The sender's numbers.</param>
/// <param name="Descriptions">What they stand for.</param>
internal sealed record PassedAlong(long First, long End, int[] Numbers, OpenDescription[] Descriptions);

/// <summary>All descriptors that are passed in a run, so that none comes that was not passed, or elsewhere in the stream, or stays open.</summary>
internal sealed class PassedBook(World world)
{
    private const ushort NumberEventCounter = 290;
    private const int MostAtOnce = 4;

    // Only ever looked up by key: the order of a table must not show.
    private readonly Dictionary<StreamSocket, Queue<PassedAlong>> _passed = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<OpenDescription> _all = new(ReferenceEqualityComparer.Instance);
    private readonly List<(ActorProcess Process, int Number)> _left = [];

    /// <summary>A handler has ended with messages on their way to it: what they bring the garbage collector closes.</summary>
    public HashSet<ActorProcess> Forgetful { get; } = new(ReferenceEqualityComparer.Instance);

    /// <summary>Makes some descriptors that are passed with bytes of a stream; null where the process has no room for any.</summary>
    public PassedAlong? Make(ActorProcess process, StreamSocket socket, long first, long end)
    {
        List<int> numbers = [];
        for (int i = 1 + world.Random.Below(MostAtOnce); i > 0; i--)
        {
            long number = process.Process.Attempt(new SyscallEntry { Number = NumberEventCounter });
            if (number >= 0)
            {
                numbers.Add((int)number);
            }
        }

        if (numbers.Count == 0)
        {
            return null;
        }

        PassedAlong made = new(first, end, [.. numbers], numbers.ConvertAll(number => process.Process.Find(number)!).ToArray());
        Array.ForEach(made.Descriptions, description => _all.Add(description));
        if (!_passed.TryGetValue(socket, out Queue<PassedAlong>? queue))
        {
            queue = new Queue<PassedAlong>();
            _passed.Add(socket, queue);
        }

        queue.Enqueue(made);
        return made;
    }

    /// <summary>What a stream passes next; null for nothing.</summary>
    public PassedAlong? Next(StreamSocket sender) => _passed.TryGetValue(sender, out Queue<PassedAlong>? queue) && queue.TryPeek(out PassedAlong? next) ? next : null;

    public void OnReceived(StreamSocket sender) => _passed[sender].Dequeue();

    public static void Close(ActorProcess process, int number) =>
        _ = process.Process.Attempt(new SyscallEntry { Number = SyscallNumber.Close, Argument0 = number });

    /// <summary>Closes a number in the end: it may be on its way yet.</summary>
    public void CloseInTheEnd(ActorProcess process, int number) => _left.Add((process, number));

    /// <summary>Every connection has ended: what was passed is closed, but for what nobody took.</summary>
    public void End(IEnumerable<ActorProcess> processes)
    {
        foreach ((ActorProcess process, int number) in _left)
        {
            Close(process, number);
        }

        foreach (ActorProcess process in processes.Where(process => Forgetful.Contains(process) && !process.HasCrashed))
        {
            for (int number = 0; number < world.Kernel.Profile.DescriptorLimit; number++)
            {
                if (process.Process.Find(number) is { } description && _all.Contains(description))
                {
                    Close(process, number);
                }
            }
        }
    }

    /// <summary>The kernel has none of them any more.</summary>
    public void RequireAllClosed()
    {
        int open = _all.Count(static description => description.IsOpen);
        if (open > 0)
        {
            throw new SimulationFailure($"{open} of {_all.Count} descriptors that were passed are open in the end");
        }
    }
}
