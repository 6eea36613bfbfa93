using System.Buffers;
using FlexSc.Examples.KvServer.Store;
using FlexSc.Examples.Shared;

namespace FlexSc.Examples.KvServer.Protocol;

/// <summary>What the connection has to do after a session consumed input.</summary>
internal enum SessionState
{
    /// <summary>Go on receiving.</summary>
    Reading,

    /// <summary>The replies used up the allowance: receive no more, call <see cref="KvSession.Resume"/> once they are sent.</summary>
    Paused,

    /// <summary>Send what was written, then close.</summary>
    Closing,
}

/// <summary>
/// The protocol on one connection: consumes received bytes in pieces of any size, writes replies. Knows no socket and
/// no actor. One thread at a time.
/// </summary>
internal sealed unsafe partial class KvSession
{
    private const byte BinaryRequestMagic = 0x80;

    private readonly KvStore _store;
    private readonly IStatisticsSource _statistics;
    private readonly SessionLimits _limits;
    private CarryBuffer _carry;
    private Phase _phase;
    private uint _now;
    private bool _noReply;
    private long _commands;
    private long _metaCommands;
    private long _readBytes;
    private long _writtenBytes;

    // Phase Data: a value that is still arriving, straight into the item's memory.
    private ArrivingValue _arriving;
    private StoreRequest _arrivingRequest;

    // The line of an ms, which its reply is made from; null for other commands.
    private byte[]? _arrivingMetaLine;

    // Phase Swallow.
    private long _bytesToSwallow;

    // Phases Keys and SkipLine: a get whose keys are not all answered, or have not all come.
    private GetProgress _get;

    public KvSession(KvStore store, IStatisticsSource statistics, SessionLimits limits)
    {
        _store = store;
        _statistics = statistics;
        _limits = limits;
        _now = store.Clock.Now;
        _carry = new CarryBuffer(Math.Max(limits.MaxPendingInputBytes, limits.MaxLineBytes + 1));
    }

    private enum Phase
    {
        Line,
        Keys,
        SkipLine,
        Data,
        Swallow,
        Closed,
    }

    /// <summary>Second of <see cref="KvClock"/> at which input was taken last; that of the beginning before.</summary>
    public uint ActiveAt => _now;

    /// <summary>What it waits for, in memcached's words for a connection's state. From any thread, then possibly a little late.</summary>
    public string StateName => _phase switch
    {
        Phase.Closed => "conn_closing",
        _ when IsPaused => "conn_mwrite",
        Phase.Data => "conn_nread",
        Phase.Swallow or Phase.SkipLine => "conn_swallow",
        _ => _carry.Length > 0 ? "conn_waiting" : "conn_read",
    };

    /// <summary>Commands consumed since the session began.</summary>
    public long Commands => _commands;

    /// <summary>Meta commands among them.</summary>
    public long MetaCommands => _metaCommands;

    /// <summary>Bytes received since the session began.</summary>
    public long ReadBytes => _readBytes;

    /// <summary>Reply bytes written since the session began.</summary>
    public long WrittenBytes => _writtenBytes;

    public bool IsPaused { get; private set; }

    /// <summary>Part of a request has come, or its reply is not all written.</summary>
    public bool HasRequestUnderWay => IsPaused || _phase != Phase.Line || _carry.Length > 0;

    /// <summary>Consumes what was received. Keeps no reference to it.</summary>
    /// <param name="input">The received bytes.</param>
    /// <param name="output">Takes the replies.</param>
    /// <param name="allowanceBytes">Reply bytes after which the session pauses; the command or value at hand is finished first.</param>
    public SessionState Receive(ReadOnlySpan<byte> input, IBufferWriter<byte> output, long allowanceBytes)
    {
        ReplyWriter writer = new(output);
        _now = _store.Clock.Now;
        _readBytes += input.Length;
        Feed(input, ref writer, allowanceBytes);
        writer.Commit();
        _writtenBytes += writer.WrittenBytes;
        return State();
    }

    /// <summary>Goes on after <see cref="SessionState.Paused"/>.</summary>
    public SessionState Resume(IBufferWriter<byte> output, long allowanceBytes)
    {
        ReplyWriter writer = new(output);
        _now = _store.Clock.Now;
        IsPaused = false;
        _carry.Consume(Process(_carry.Span, ref writer, allowanceBytes));
        writer.Commit();
        _writtenBytes += writer.WrittenBytes;
        return State();
    }

    /// <summary>Gives back the memory of a value that will never be complete.</summary>
    public void Release()
    {
        _carry.Clear();
        _phase = Phase.Closed;
        _arriving.Drop();
    }

    private SessionState State()
    {
        if (_phase == Phase.Closed)
        {
            return SessionState.Closing;
        }

        return IsPaused ? SessionState.Paused : SessionState.Reading;
    }

    private void Feed(ReadOnlySpan<byte> input, ref ReplyWriter writer, long allowanceBytes)
    {
        while (!input.IsEmpty && _phase != Phase.Closed)
        {
            if (IsPaused)
            {
                Keep(input, ref writer);
                return;
            }

            if (_carry.Length == 0)
            {
                int consumed = Process(input, ref writer, allowanceBytes);
                Keep(input[consumed..], ref writer);
                return;
            }

            // Part of a line or of a key waits. Only the rest of it is copied behind it, what follows is consumed in place.
            int end = _phase == Phase.Keys ? input.IndexOfAny((byte)' ', (byte)'\n') : input.IndexOf((byte)'\n');
            int taken = Math.Min(end < 0 ? input.Length : end + 1, Math.Max(_limits.MaxLineBytes + 1 - _carry.Length, 1));
            Keep(input[..taken], ref writer);
            input = input[taken..];
            if (_phase != Phase.Closed)
            {
                _carry.Consume(Process(_carry.Span, ref writer, allowanceBytes));
            }
        }
    }

    private void Keep(ReadOnlySpan<byte> input, ref ReplyWriter writer)
    {
        if (_phase != Phase.Closed && !_carry.TryAppend(input))
        {
            Close(Replies.InputTooLong, ref writer);
        }
    }

    /// <summary>Consumes as much as it can: all but a part of a line, unless the session pauses or closes.</summary>
    private int Process(ReadOnlySpan<byte> input, ref ReplyWriter writer, long allowanceBytes)
    {
        int consumed = 0;
        while (consumed < input.Length)
        {
            if (writer.WrittenBytes >= allowanceBytes)
            {
                IsPaused = true;
                break;
            }

            int step = ProcessOne(input[consumed..], ref writer, allowanceBytes);
            if (_phase == Phase.Closed)
            {
                return input.Length;
            }

            if (step == 0)
            {
                break;
            }

            consumed += step;
        }

        return consumed;
    }

    private int ProcessOne(ReadOnlySpan<byte> input, ref ReplyWriter writer, long allowanceBytes) => _phase switch
    {
        Phase.Line => ProcessLine(input, ref writer, allowanceBytes),
        Phase.Keys => ProcessKeys(input, ref writer, allowanceBytes),
        Phase.SkipLine => SkipLine(input, ref writer),
        Phase.Data => ProcessData(input, ref writer),
        Phase.Swallow => Swallow(input),
        _ => input.Length,
    };

    private int ProcessLine(ReadOnlySpan<byte> input, ref ReplyWriter writer, long allowanceBytes)
    {
        int newline = input.IndexOf((byte)'\n');
        if (input[0] == BinaryRequestMagic)
        {
            Close(Replies.BinaryRefused, ref writer);
            return input.Length;
        }

        if ((newline < 0 ? input.Length : newline) > _limits.MaxLineBytes)
        {
            return ProcessLongLine(input, ref writer);
        }

        if (newline < 0)
        {
            return 0;
        }

        int lineEnd = newline > 0 && input[newline - 1] == '\r' ? newline - 1 : newline;
        _noReply = false;
        _commands++;
        return Execute(input, lineEnd, newline + 1, ref writer, allowanceBytes);
    }

    // Only a get may be so long: its keys are taken as they come.
    private int ProcessLongLine(ReadOnlySpan<byte> input, ref ReplyWriter writer)
    {
        if (TryBeginLongGet(input[.._limits.MaxLineBytes], out int consumed, ref writer))
        {
            _commands++;
            return consumed;
        }

        Close(Replies.LineTooLong, ref writer);
        return input.Length;
    }

    private int Swallow(ReadOnlySpan<byte> input)
    {
        int swallowed = (int)Math.Min(_bytesToSwallow, input.Length);
        _bytesToSwallow -= swallowed;
        if (_bytesToSwallow == 0)
        {
            _phase = Phase.Line;
        }

        return swallowed;
    }

    private void Close(ReadOnlySpan<byte> reason, ref ReplyWriter writer)
    {
        writer.WriteShort(reason);
        _phase = Phase.Closed;
    }

    private void Reply(ReadOnlySpan<byte> reply, ref ReplyWriter writer)
    {
        if (!_noReply)
        {
            writer.WriteShort(reply);
        }
    }
}
