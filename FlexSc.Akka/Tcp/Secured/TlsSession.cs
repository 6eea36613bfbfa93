using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using Akka.IO;
using FlexSc.Interop.Page;
using Debug = System.Diagnostics.Debug;

namespace FlexSc.Akka.IO;

/// <summary>
/// TLS of a connection, between its receiver and sender and the kernel: turns what is received into what the handler is told, and what
/// is sent into records. On the loop's thread, but for the steps of the handshake.
/// </summary>
/// <remarks>
/// An <see cref="SslStream"/> does the work. It is asked to read only when a complete record is there and to write only what is
/// about to be sent, so both end at once, on the loop, without anything that waits and is continued elsewhere.
/// </remarks>
#pragma warning disable CA1001 // Free is its end: a step of the handshake may have to be waited for
internal sealed unsafe class TlsSession
#pragma warning restore CA1001
{
    private readonly TlsHandshake _handshake;

    /// <summary>Where reads put what they give. Not the loop's: one that waits may go on while the connection lives on another.</summary>
    private readonly NativeWindow _readWindow = new();
    private TlsLoop _shared;
    private SslStream? _stream;
    private ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter _pendingRead;
    private Action? _onRead;
    private string? _readError;
    private int _pendingReadBytes;
    private bool _isReadPending;
    private bool _hasToldEnd;

    /// <summary>Waits for <see cref="HandshakeAsync"/>.</summary>
    public TlsSession(TcpConnection connection, TlsStart start)
    {
        Connection = connection;
        _shared = connection.ActorLoop.Io.Tls;
        _handshake = new TlsHandshake(this, start);
    }

    public TcpConnection Connection { get; }

    /// <summary>What was received and is not decrypted.</summary>
    public TlsRecords Records { get; } = new();

    public TlsTransport Transport { get; } = new();

    /// <summary>What the handshake has agreed on; null before its end.</summary>
    public TlsNegotiated? Negotiated { get; private set; }

    /// <summary>The peer has said close_notify: nothing of its was cut off.</summary>
    public bool HasPeerEnded { get; private set; }

    /// <summary>close_notify was said: nothing can be encrypted any more.</summary>
    public bool HasSentEnd { get; private set; }

    /// <summary>The handshake waits for the peer.</summary>
    public bool IsHandshakeReceiving => _handshake.IsReceiving;

    /// <summary>Shakes hands. The task ends on the loop's thread, with null or with why it failed; the connection then ends by itself.</summary>
    /// <param name="limitMs">Longest time that whoever asked for it waits; null: as set.</param>
    public Task<FlexTlsException?> HandshakeAsync(int? limitMs = null) => _handshake.BeginAsync(limitMs);

    /// <summary>Makes the stream, for the first step.</summary>
    public SslStream Open() => _stream = new SslStream(Transport, leaveInnerStreamOpen: true);

    /// <summary>The handshake has succeeded.</summary>
    public void OnNegotiated()
    {
        Negotiated = new TlsNegotiated(_stream!);
        Connection.OnSecured();
        Connection.Sender.Start();
    }

    /// <summary>The handler has registered: it is told what was agreed on, and what came right behind the handshake.</summary>
    public void Begin()
    {
        Connection.Handler!.Tell(Negotiated!, Connection);
        while (Records.CompleteBytes > 0 && !HasPeerEnded && _readError is null)
        {
            ReadKept();
        }

        ActOnEnd();
    }

    /// <summary>A buffer of the loop's was filled by the kernel.</summary>
    public void TakeIn(ushort bufferId, int length)
    {
        ProvidedBuffers buffers = Connection.Loop.Buffers;
        byte* bytes = buffers.AddressOf(bufferId);
        int plain = 0;
        try
        {
            if (Negotiated is null)
            {
                _handshake.OnReceived(new ReadOnlySpan<byte>(bytes, length));
            }
            else if (!HasPeerEnded && _readError is null)
            {
                plain = Decrypt(bytes, length);
            }
        }
        finally
        {
            if (plain == 0)
            {
                buffers.Return(bufferId);
            }
        }

        if (plain > 0)
        {
            Connection.Receiver.Deliver(bufferId, plain);
        }

        ActOnEnd();
    }

    /// <summary>The peer's end has come without a record before it that says so.</summary>
    public void OnHandshakePeerEnd() => _handshake.OnPeerEnd();

    /// <summary>Makes records of a block, and gives it back; if that fails, it is still the caller's.</summary>
    public SendBlock Encrypt(SendBlock plain)
    {
        int bytes = plain.UnsentBytes;
        SendBlock records = Connection.Shared.SendBlocks.Rent(bytes + TlsBlocks.OverheadOf(bytes));
        Transport.Block = records;
        try
        {
            ValueTask written = _stream!.WriteAsync(_shared.WriteWindow.Over(plain.Unsent, bytes));
            if (!written.IsCompleted)
            {
                throw new InvalidOperationException("TLS waits where it has nothing to wait for: renegotiation is off");
            }

            written.GetAwaiter().GetResult();
        }
        catch
        {
            Connection.Shared.Return(records);
            throw;
        }
        finally
        {
            Transport.Block = null;
        }

        Connection.Shared.Return(plain);
        return records;
    }

    /// <summary>What TLS itself has to say goes before what the application has.</summary>
    public SendBlock? TakeOutput()
    {
        // While a step runs, it is the handshake thread's.
        if (_handshake.IsStepRunning || Connection.Phase is ConnectionPhase.TearingDown or ConnectionPhase.Terminated || Transport.Output.IsEmpty)
        {
            return null;
        }

        SendBlock block = Connection.Shared.SendBlocks.Rent(Transport.Output.Length);
        block.Append(Transport.Output);
        Transport.ClearOutput();
        return block;
    }

    /// <summary>Says close_notify, once: the last of our direction.</summary>
    /// <returns>Whether there is something to send.</returns>
    public bool TryEndOutput()
    {
        if (HasSentEnd || Negotiated is null)
        {
            return false;
        }

        HasSentEnd = true;
        Task told = _stream!.ShutdownAsync();
        Debug.Assert(told.IsCompletedSuccessfully, "the transport's writes do not wait");
        return !Transport.Output.IsEmpty;
    }

    /// <summary>
    /// Has come to the connection's loop. All else that it holds is its own: stream and records, a read that waits, and what is to be said.
    /// </summary>
    public void Arrive() => _shared = Connection.ActorLoop.Io.Tls;

    /// <summary>The connection is over.</summary>
    public void Stop(string? cause) => _handshake.Stop(cause);

    /// <summary>Frees what the system's library holds. Nobody uses the stream any more.</summary>
    public void Free()
    {
        Transport.Fail(new ObjectDisposedException(nameof(TlsSession)));
        _stream?.Dispose();
        Transport.ClearOutput();
        Records.Clear();
    }

    /// <summary>
    /// Puts what a receive buffer carries in the place of what it carried: what is decrypted is no longer than its record, and the record
    /// has been read by then.
    /// </summary>
    /// <returns>Plain bytes at the beginning of the buffer.</returns>
    private int Decrypt(byte* bytes, int length)
    {
        int taken = 0;
        int plain = 0;
        if (Records.Length > 0)
        {
            taken = Records.Complete(new ReadOnlySpan<byte>(bytes, length));
            ReadKept();
        }

        while (!HasPeerEnded && _readError is null && TlsRecords.LengthOfFirst(new ReadOnlySpan<byte>(bytes + taken, length - taken)) is > 0 and int record)
        {
            plain += Read(bytes + taken, record, bytes + plain, taken + record - plain);
            taken += record;
        }

        if (taken < length && !HasPeerEnded && _readError is null)
        {
            Records.Append(new ReadOnlySpan<byte>(bytes + taken, length - taken));
            RequireRecord();
        }

        return plain;
    }

    /// <summary>Decrypts a record that was kept, if it is complete.</summary>
    private void ReadKept()
    {
        RequireRecord();
        int record = TlsRecords.LengthOfFirst(Records.Bytes);
        if (record == 0 || _readError is not null)
        {
            return;
        }

        int plain;
        fixed (byte* bytes = Records.Bytes)
        {
            plain = Read(bytes, record, _shared.Scratch, TlsLoop.ScratchBytes);
        }

        Records.Discard(record);
        if (plain > 0)
        {
            Connection.Receiver.DeliverCopy(new ReadOnlySpan<byte>(_shared.Scratch, plain));
        }
    }

    /// <summary>Bytes that are no record would be waited for as if they were.</summary>
    private void RequireRecord()
    {
        if (!TlsRecords.MayBeRecord(Records.Bytes))
        {
            _readError = "TLS: the peer sent something else than a record";
        }
    }

    /// <summary>Reads one record.</summary>
    /// <returns>Plain bytes; 0 for a record that carries none, at the peer's end and after an error.</returns>
    private int Read(byte* record, int recordBytes, byte* destination, int capacityBytes)
    {
        int plain = 0;
        bool mayBeMore = true;
        Transport.Supply(record, recordBytes);
        try
        {
            if (_isReadPending)
            {
                if (!TryResumeRead(out plain))
                {
                    return 0;
                }

                Buffer.MemoryCopy(_shared.Scratch, destination, capacityBytes, plain);
                mayBeMore = plain == _pendingReadBytes;
            }

            // A read that did not fill its memory has taken all of the record.
            while (mayBeMore && !HasPeerEnded)
            {
                int room = Math.Min(capacityBytes, TlsLoop.ScratchBytes) - plain;
#pragma warning disable CA2012 // it is used once, here or when the read goes on
                ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter read =
                    _stream!.ReadAsync(_readWindow.Over(destination + plain, room)).ConfigureAwait(false).GetAwaiter();
#pragma warning restore CA2012
                if (!read.IsCompleted)
                {
                    AwaitRead(read, room);
                    break;
                }

                plain += Result(read, room, out mayBeMore);
            }
        }
        catch (Exception exception) when (exception is IOException or AuthenticationException)
        {
            _readError = $"TLS: {TlsHandshake.Describe(exception)}";
        }

        return plain;
    }

    /// <summary>A record without data, as a session ticket, leaves the read waiting for the next one.</summary>
    private void AwaitRead(ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter read, int room)
    {
        _isReadPending = true;
        _pendingRead = read;
        _pendingReadBytes = room;
        read.UnsafeOnCompleted(_onRead ??= () => _isReadPending = false);
    }

    /// <summary>Goes on with a read that waits. What it was begun with has another use by now, so the scratch memory takes its place.</summary>
    private bool TryResumeRead(out int plain)
    {
        plain = 0;
        _readWindow.Over(_shared.Scratch, TlsLoop.ScratchBytes);
        Transport.Resume();
        if (_isReadPending)
        {
            return false;
        }

        plain = Result(_pendingRead, _pendingReadBytes, out _);
        return true;
    }

    private int Result(ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter read, int room, out bool mayBeMore)
    {
        int bytes = read.GetResult();

        // The transport has no end of its own, so this is close_notify.
        HasPeerEnded = bytes == 0;
        mayBeMore = bytes == room;
        return bytes;
    }

    private void ActOnEnd()
    {
        if (Connection.Phase == ConnectionPhase.TearingDown)
        {
            return;
        }

        if (_readError is not null)
        {
            // No other thread sends what is to be encrypted, so the commands need not wait.
            _ = Connection.TryActOnEarlierCommands();
            Connection.Close.TearDown(reset: false, new Tcp.ErrorClosed(_readError), closeSender: null);
        }
        else if (HasPeerEnded && !_hasToldEnd)
        {
            _hasToldEnd = true;
            Connection.Receiver.OnPeerEnd();
        }
    }
}
