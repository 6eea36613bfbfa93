using Akka.Actor;
using FlexSc.Interop.Loop;

namespace FlexSc.Akka.IO;

/// <summary>
/// How much was told to a handler that it has not handled: reading pauses above a bound. Every so many bytes the handler is told an
/// <see cref="Identify"/>, which any actor answers itself when its turn comes, unseen by the handler's code; the answer says that
/// everything before it was handled. A pooled reception is handled when it is released, if that is sooner. On the loop's thread.
/// </summary>
internal sealed class ReadAhead
{
    /// <summary>What a message costs beside its bytes: message, ByteString, array and mailbox slot.</summary>
    private const int MessageBytes = 160;

    /// <summary>Share of the bound after which the handler is asked, so that an answer is there before the bound is reached.</summary>
    private const int QuestionsPerBound = 4;

    /// <summary>Pause after which a handler that reading waits for is asked again: a bounded mailbox may have dropped the question.</summary>
    private const int AskAgainMs = 1000;

    private readonly IReceptionOwner _owner;

    /// <summary>Null while the socket is on its way to another loop.</summary>
    private LoopReceptions? _all;
    private readonly int _limitBytes;
    private readonly int _loopLimitBytes;
    private AskAgainTimer? _askAgain;
    private bool _answers;
    private bool _isAsked;
    private long _question;
    private long _askedBytes;
    private long _unaskedBytes;
    private int _told;

    /// <param name="owner">The socket.</param>
    /// <param name="limitBytes">The bound; negative is unbounded.</param>
    /// <param name="loopLimitBytes">The bound for all sockets of the loop; negative is unbounded.</param>
    public ReadAhead(IReceptionOwner owner, int limitBytes, int loopLimitBytes)
    {
        _owner = owner;
        _all = owner.LoopReceptions;
        _limitBytes = limitBytes;
        _loopLimitBytes = loopLimitBytes;
    }

    /// <summary>Counts what the handler was told, over and over. From any thread.</summary>
    public int Told => Volatile.Read(ref _told);

    /// <summary>Reading pauses.</summary>
    public bool IsPaused { get; private set; }

    private LoopReceptions All => _all!;

    private SyscallLoop Loop => _owner.ActorLoop.Loop;

    private long UnhandledBytes => _askedBytes + _unaskedBytes;

    private long AskAfterBytes => _limitBytes / QuestionsPerBound;

    /// <summary>The handler is about to be told something.</summary>
    public void OnTelling() => Volatile.Write(ref _told, _told + 1);

    /// <summary>Whether the handler is one that can be asked: an actor of this process. A router answers itself, before its routees have handled anything.</summary>
    public void SetHandler(IActorRef handler) =>
        _answers = _limitBytes >= 0 && handler is ActorRefWithCell { IsLocal: true };

    /// <summary>The handler was told a reception.</summary>
    public void OnDelivered(int bytes)
    {
        if (!_answers)
        {
            return;
        }

        _unaskedBytes += bytes + MessageBytes;
        All.UnhandledBytes += bytes + MessageBytes;
        bool pause = UnhandledBytes > _limitBytes || (_loopLimitBytes >= 0 && All.UnhandledBytes > _loopLimitBytes);
        if (!_isAsked && (pause || _unaskedBytes >= AskAfterBytes))
        {
            Ask();
        }

        if (pause && !IsPaused)
        {
            IsPaused = true;
            Loop.StartTimer(_askAgain ??= new AskAgainTimer(this), AskAgainMs);
            _owner.OnDemandChanged();
        }
    }

    /// <summary>Marks what the handler is told next.</summary>
    public void Mark(PooledReceived reception) => reception.Question = _question;

    /// <summary>The handler has released a reception.</summary>
    public void OnReleased(PooledReceived reception)
    {
        long bytes = reception.Length + MessageBytes;
        if (!_answers)
        {
            return;
        }

        if (reception.Question == _question)
        {
            _unaskedBytes -= bytes;
        }
        else if (_isAsked && reception.Question == _question - 1)
        {
            _askedBytes -= bytes;
        }
        else
        {
            // The handler had come to it before and kept it.
            return;
        }

        All.UnhandledBytes -= bytes;
        OnHandled();
    }

    /// <summary>The handler has come to a question.</summary>
    /// <returns>False when it is not one of ours.</returns>
    public bool TryTakeAnswer(ActorIdentity answer)
    {
        if (answer.MessageId is not long question)
        {
            return false;
        }

        // One that was asked again answers twice.
        if (_isAsked && question == _question)
        {
            All.UnhandledBytes -= _askedBytes;
            _askedBytes = 0;
            _isAsked = false;
            OnHandled();
        }

        return true;
    }

    /// <summary>The socket leaves its loop.</summary>
    public void Leave()
    {
        StopAsking();
        if (_all is not null)
        {
            _all.UnhandledBytes -= UnhandledBytes;
            _all = null;
        }
    }

    /// <summary>It has come to another loop.</summary>
    public void Arrive()
    {
        _all = _owner.LoopReceptions;
        _all.UnhandledBytes += UnhandledBytes;
        if (IsPaused)
        {
            Loop.StartTimer(_askAgain!, AskAgainMs);
        }
    }

    /// <summary>The connection is over: what the handler still has is its own affair.</summary>
    public void Stop()
    {
        Leave();
        _askedBytes = 0;
        _unaskedBytes = 0;
        _isAsked = false;
        _answers = false;
    }

    private void OnHandled()
    {
        // With nothing outstanding it goes on whatever the others hold: no connection waits for another one's handler.
        bool resume = IsPaused && (UnhandledBytes == 0
            || (UnhandledBytes <= _limitBytes / 2 && (_loopLimitBytes < 0 || All.UnhandledBytes <= _loopLimitBytes)));
        if (resume)
        {
            IsPaused = false;
            StopAsking();
        }

        if (!_isAsked && _unaskedBytes > 0 && (IsPaused || _unaskedBytes >= AskAfterBytes))
        {
            Ask();
        }

        if (resume)
        {
            _owner.OnDemandChanged();
        }
    }

    private void Ask()
    {
        _isAsked = true;
        _question++;
        _askedBytes = _unaskedBytes;
        _unaskedBytes = 0;
        _owner.Handler!.Tell(new Identify(_question), _owner.Self);
    }

    private void AskAgain()
    {
        _owner.Handler!.Tell(new Identify(_question), _owner.Self);
        Loop.StartTimer(_askAgain!, AskAgainMs);
    }

    private void StopAsking()
    {
        if (_askAgain is { IsStarted: true })
        {
            Loop.StopTimer(_askAgain);
        }
    }

    private sealed class AskAgainTimer(ReadAhead readAhead) : LoopTimer
    {
        protected override void OnDue(SyscallLoop loop)
        {
            try
            {
                readAhead.AskAgain();
            }
            catch (Exception exception)
            {
                readAhead._owner.OnDefect(exception);
            }
        }
    }
}
