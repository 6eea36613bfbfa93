using Akka.Actor;

namespace FlexSc.Peers.Blocking;

/// <summary>One message of work; whoever has done it is sent the next.</summary>
internal sealed class Job
{
    public static readonly Job Next = new();
}

/// <summary>Does its work once for each message.</summary>
internal sealed class Worker : ReceiveActor
{
    public Worker(Action work) => Receive<Job>(job =>
    {
        work();
        Sender.Tell(job);
    });
}

/// <summary>Gives each worker one message at a time, until each has done its number.</summary>
internal sealed class Foreman : ReceiveActor
{
    private readonly Dictionary<IActorRef, int> _left = [];

    /// <param name="workers">What each of them does, and how often.</param>
    /// <param name="done">Told when all have done it.</param>
    public Foreman(IReadOnlyList<(Action Work, int Times)> workers, TaskCompletionSource done)
    {
        foreach ((Action work, int times) in workers)
        {
            _left[Context.ActorOf(Props.Create(() => new Worker(work)))] = times;
        }

        Receive<string>(_ =>
        {
            foreach (IActorRef worker in _left.Keys)
            {
                worker.Tell(Job.Next);
            }
        });
        Receive<Job>(job =>
        {
            if (--_left[Sender] > 0)
            {
                Sender.Tell(job);
                return;
            }

            _left.Remove(Sender);
            if (_left.Count == 0)
            {
                done.SetResult();
            }
        });
    }
}
