namespace FlexSc.Akka.IO;

/// <summary>What a connection's loop and the threads that tell it something agree on by; see <see cref="OutputOwnership{TMemory}"/>. One step each.</summary>
internal interface IOwnershipMemory
{
    /// <summary>The state; the processor may read it early.</summary>
    int State { get; }

    /// <summary>Whether commands wait that the loop has not acted on; the processor may read it early.</summary>
    bool HasCommands { get; }

    /// <summary>Stores the state; others may see it late.</summary>
    void Store(int state);

    /// <summary>Stores the state and returns the one before; a full fence.</summary>
    int Exchange(int state);

    /// <summary>Stores the state if it is the expected one, and returns the one before; a full fence.</summary>
    int CompareExchange(int state, int expected);
}

/// <summary>
/// Whose a connection's output is: its loop's, nobody's, or a teller's, which is a thread that sends what it tells by itself. A teller
/// takes it only while it is nobody's and no command waits, so what one sender tells leaves in order, and the loop acts on no command
/// and closes nothing while a teller has it. See docs/decisions/0019-direct-writes.md for why that is right.
/// </summary>
/// <remarks>
/// Nobody waits: a loop that finds a teller leaves a mark and goes on with other work, and the teller that finds the mark hands the
/// output over and has the connection run on its loop. The loop lets go only of a connection that is open and has nothing to send.
/// </remarks>
/// <typeparam name="TMemory">The memory's steps: those of the machine, or those of a test that tries every order.</typeparam>
internal sealed class OutputOwnership<TMemory>
    where TMemory : struct, IOwnershipMemory
{
    /// <summary>The loop's: from the beginning, and for good once the connection ends.</summary>
    public const int Loop = 0;

    public const int Nobody = 1;

    /// <summary>A teller's, which uses the descriptor.</summary>
    public const int Sending = 2;

    /// <summary>The same, and the loop wants it.</summary>
    public const int SendingMarked = 3;

    /// <summary>A teller's, which has sent and tells the acknowledgement.</summary>
    public const int Acknowledging = 4;

    /// <summary>The same, and the loop wants it.</summary>
    public const int AcknowledgingMarked = 5;

    private readonly Action _runOnLoop;
    private readonly TMemory _memory;
    private bool _isLoops = true;

    /// <param name="memory">Where it is kept.</param>
    /// <param name="runOnLoop">Has the connection run on its loop; from any thread.</param>
    public OutputOwnership(TMemory memory, Action runOnLoop)
    {
        _memory = memory;
        _runOnLoop = runOnLoop;
    }

    /// <summary>Whether the loop has taken it. On the loop's thread.</summary>
    public bool IsTaken => _isLoops;

    /// <summary>Whether a teller uses the descriptor. From any thread.</summary>
    public bool IsDescriptorInUse => _memory.State is Sending or SendingMarked;

    /// <summary>Takes the output for one send. From any thread but the loop's; one of the ways to let go of it follows.</summary>
    public bool TryEnter()
    {
        if (_memory.CompareExchange(Sending, Nobody) != Nobody)
        {
            return false;
        }

        if (!_memory.HasCommands)
        {
            return true;
        }

        // The same sender may have told one of those.
        Leave(Sending);
        return false;
    }

    /// <summary>All was sent.</summary>
    public void Leave() => Leave(Sending);

    /// <summary>All was sent, and the acknowledgement is told before another one's.</summary>
    public void BeginAcknowledging()
    {
        if (_memory.CompareExchange(Acknowledging, Sending) != Sending)
        {
            _memory.Exchange(AcknowledgingMarked);
        }
    }

    /// <summary>The acknowledgement is told.</summary>
    public void LeaveAcknowledged() => Leave(Acknowledging);

    /// <summary>Something is left for the loop, which was stored before.</summary>
    public void HandOver()
    {
        _memory.Exchange(Loop);
        _runOnLoop();
    }

    /// <summary>Takes the output for the loop, until <see cref="Release"/>. On the loop's thread.</summary>
    /// <param name="handedOver">A teller may have left something for the loop.</param>
    /// <returns>False when a teller has it: it has the connection run on the loop when it is done.</returns>
    public bool TryTake(out bool handedOver)
    {
        handedOver = false;
        while (!_isLoops)
        {
            int state = _memory.CompareExchange(Loop, Nobody);
            if (state is Nobody or Loop)
            {
                _isLoops = true;
                handedOver = state == Loop;
            }
            else if (state is SendingMarked or AcknowledgingMarked || _memory.CompareExchange(state + 1, state) == state)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Lets tellers send. On the loop's thread, with the output taken and nothing to send.</summary>
    public void Release()
    {
        // Others may see it late: one who does not tells the loop.
        _isLoops = false;
        _memory.Store(Nobody);
    }

    private void Leave(int state)
    {
        if (_memory.CompareExchange(Nobody, state) != state)
        {
            HandOver();
        }
    }
}
