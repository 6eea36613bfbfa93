using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.Event;
using Akka.IO;
using FlexSc.Akka.Loops;
using Debug = System.Diagnostics.Debug;

namespace FlexSc.Akka.IO;

/// <summary>
/// What other threads told a connection and its loop has not acted on. Any thread enqueues; the loop takes, and once it has ended,
/// whoever still tells something.
/// </summary>
internal sealed class ConnectionCommands(TcpConnection connection)
{
    /// <summary>One for all connections: there is little to do after the end of a loop, and once.</summary>
    private static readonly Lock AfterEnd = new();

    private LoopMessageQueue? _queue;
    private int _count;
    private int _outputState;
    private bool _isRunning;

    /// <summary>
    /// Whether all has acted that the calling thread told or knows to have been told. The count alone does not say that: where two put a
    /// command each and then count it, the loop may act on the one's for the other's count, and the other's is left with none.
    /// </summary>
    public bool IsEmpty => Volatile.Read(ref _count) == 0 && Volatile.Read(ref _queue) is not { HasMessages: true };

    /// <summary>Whose the output is: an <see cref="OutputOwnership{TMemory}"/>'s. It is kept beside the count that is looked at with it.</summary>
    public ref int OutputState => ref _outputState;

    /// <summary>From any thread.</summary>
    public void Enqueue(object message, IActorRef sender)
    {
        LoopMessageQueue queue = _queue
            ?? Interlocked.CompareExchange(ref _queue, new LoopMessageQueue(connection), null)
            ?? _queue;
        queue.Enqueue(connection, new Envelope(message, sender));
        bool isFirst = Interlocked.Increment(ref _count) == 1;
        if ((isFirst && !connection.TryScheduleOwn()) || connection.HasLoopEnded)
        {
            DrainAfterEnd();
        }
    }

    /// <summary>
    /// Acts on what was told so far. On the loop's thread: when it is this connection's turn, and before anything that ends the
    /// connection, which may be collected in a turn that began before the commands came.
    /// </summary>
    /// <returns>False when it must wait: another thread is sending what it told before; the connection runs when it has sent.</returns>
    public bool TryRun()
    {
        if (!connection.Sender.TryTakeOutput())
        {
            return false;
        }

        int count = Volatile.Read(ref _count);
        if (count == 0 || _isRunning)
        {
            return true;
        }

        _isRunning = true;
        for (int i = 0; i < count; i++)
        {
            bool taken = _queue!.TryTake(out Envelope command);
            Debug.Assert(taken, "a counted command is not there");
            connection.HandleSafely(command.Message, command.Sender);
        }

        _isRunning = false;
        connection.Sender.OnToldByOthers(this);

        // The count goes down last: what is told meanwhile on this thread must queue behind the rest.
        if (Interlocked.Add(ref _count, -count) > 0)
        {
            connection.TryScheduleOwn();
        }

        return true;
    }

    /// <summary>Answers what is told when nothing can be done any more. From any thread.</summary>
    public void HandleAfterEnd(object message, IActorRef sender)
    {
        switch (message)
        {
            case Watch watch:
                connection.DeathWatch.TellTerminated(watch.Watcher);
                break;
            case ReceptionReleased released:
                if (connection.IsHere)
                {
                    connection.OnReleased(released.Reception);
                }
                else
                {
                    released.Reception.Return();
                }

                break;
            case ForeignOutput output:
                connection.Sender.Drop(output);
                break;
            case DeathWatchNotification notification:
                if (connection.IsHere)
                {
                    connection.OnWatchedTerminated(notification.Actor);
                }
                else if (notification.Actor.Equals(connection.Handler))
                {
                    // The buffers of the loop that ended have gone with it; those of loops that it lived on before are theirs still.
                    connection.Receiver.ReclaimFormer();
                }

                break;
            case FormerReturned returned:
                if (connection.IsHere)
                {
                    connection.OnFormerReturned(returned.Reception);
                }

                break;
            case MoveTo move:
                move.Answer("it has ended");
                break;
            case ArrivalAnswer answer:
                answer.Withdraw();
                break;
            case ISystemMessage or PoisonPill or Kill or ActorIdentity or DrainRequest:
                break;
            case Identify identify:
                sender.Tell(new ActorIdentity(identify.MessageId, null), connection);
                break;
            case Tcp.CompoundWrite compound:
                // Part by part: listeners make texts of dead letters, and the text of a long one uses up the stack.
                foreach (Tcp.SimpleWriteCommand part in compound)
                {
                    connection.Provider.DeadLetters.Tell(new DeadLetter(part, sender, connection), connection);
                }

                break;
            default:
                connection.Provider.DeadLetters.Tell(new DeadLetter(message, sender, connection), connection);
                break;
        }
    }

    /// <summary>The loop ended before it came to them.</summary>
    public void OnNotRun() => DrainAfterEnd();

    private void DrainAfterEnd()
    {
        List<Envelope> left = [];
        lock (AfterEnd)
        {
            for (int count = Volatile.Read(ref _count); count > 0; count = Interlocked.Add(ref _count, -count))
            {
                for (int i = 0; i < count; i++)
                {
                    bool taken = _queue!.TryTake(out Envelope command);
                    Debug.Assert(taken, "a counted command is not there");
                    left.Add(command);
                }
            }
        }

        foreach (Envelope command in left)
        {
            HandleAfterEnd(command.Message, command.Sender);
        }
    }
}
