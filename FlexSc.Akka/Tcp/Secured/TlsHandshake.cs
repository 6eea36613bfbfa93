using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Text;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.IO;

/// <summary>What a connection begins TLS with.</summary>
/// <param name="Option">What is negotiated.</param>
/// <param name="Peer">The other side's address.</param>
/// <param name="Server">What a client wanted to reach.</param>
internal sealed record TlsStart(TlsOption Option, EndPoint Peer, EndPoint Server);

/// <summary>
/// The handshake of a connection, in steps: the loop receives complete records, a handshake thread works on them, and the loop sends
/// what came out. While a step runs, stream, transport and records are that thread's, and the connection receives nothing.
/// </summary>
internal sealed class TlsHandshake : ILoopWork
{
    private const int QuotedBytes = 16;

    private readonly TcpConnection _connection;
    private readonly TlsSession _session;
    private readonly TlsStart _start;
    private readonly ConnectionTimer _timer;

    // Not asynchronously: what follows belongs on the loop.
    private readonly TaskCompletionSource<FlexTlsException?> _over = new();
    private Task? _authentication;
    private Exception? _defect;
    private int _limitMs;
    private bool _isInLine;
    private bool _hasTurn;

    public TlsHandshake(TlsSession session, TlsStart start)
    {
        _session = session;
        _connection = session.Connection;
        _start = start;
        _timer = new ConnectionTimer(_connection, OnTimeout);
    }

    /// <summary>It has succeeded or failed.</summary>
    public bool IsOver { get; private set; }

    /// <summary>A handshake thread is at work.</summary>
    public bool IsStepRunning { get; private set; }

    /// <summary>It waits for the peer.</summary>
    public bool IsReceiving => !IsOver && !IsStepRunning && !_isInLine;

    /// <summary>Begins. The task ends on the loop's thread, with null or with why it failed.</summary>
    /// <param name="limitMs">Longest time that whoever asked for it waits; null: as set.</param>
    public async Task<FlexTlsException?> BeginAsync(int? limitMs)
    {
        using Activity? activity = FlexScTelemetry.Activities.StartActivity("flexsc.tls.handshake");
        FlexTlsException? failure = await Begin(limitMs).ConfigureAwait(false);
        if (failure is not null)
        {
            activity.Fail(failure);
        }

        return failure;
    }

    /// <summary>Bytes came.</summary>
    public void OnReceived(ReadOnlySpan<byte> bytes)
    {
        if (IsOver)
        {
            return;
        }

        TlsRecords records = _session.Records;
        records.Append(bytes);
        if (!TlsRecords.MayBeRecord(records.Bytes))
        {
            Fail(NotTls(records.Bytes));
        }
        else if (records.CompleteBytes == 0)
        {
            // Work begins when there is something to do: bytes that trickle in cost no step each.
            return;
        }
        else if (_hasTurn)
        {
            BeginStep();
        }
        else
        {
            Enter();
        }
    }

    /// <summary>It may begin.</summary>
    public void OnTurn()
    {
        _isInLine = false;
        _hasTurn = true;
        BeginStep();
    }

    /// <summary>The peer has ended its direction.</summary>
    public void OnPeerEnd() => Fail("the peer ended the connection during the handshake");

    /// <summary>The connection is over.</summary>
    /// <param name="cause">Why, or null.</param>
    public void Stop(string? cause)
    {
        End(new FlexTlsException(Text(cause ?? "the connection was closed")));
        if (_timer.IsStarted)
        {
            // Only then: the end of a connection that was on its way to a loop which has ended comes on whatever thread.
            _connection.Loop.StopTimer(_timer);
        }

        if (!IsStepRunning)
        {
            _session.Free();
        }
    }

    /// <summary>Takes a step. On a handshake thread.</summary>
    public unsafe void RunStep()
    {
        TlsTransport transport = _session.Transport;
        try
        {
            int complete = _session.Records.CompleteBytes;
            fixed (byte* records = _session.Records.Bytes)
            {
                transport.Supply(records, complete);
                if (_authentication is null)
                {
                    _authentication = Authenticate(_session.Open());
                }
                else
                {
                    transport.Resume();
                }
            }

            _session.Records.Discard(complete - transport.SuppliedBytes);
            transport.Supply(null, 0);
        }
        catch (Exception exception)
        {
            _defect = exception;
        }

        if (!_connection.ActorLoop.TrySchedule(this))
        {
            OnNotRun();
        }
    }

    public void Execute() => Run();

    /// <summary>A step was taken. On the loop's thread.</summary>
    public void Run()
    {
        IsStepRunning = false;
        if (_connection.Phase == ConnectionPhase.Terminated)
        {
            _session.Free();
        }
        else if (!IsOver && _connection.Phase == ConnectionPhase.Handshaking)
        {
            try
            {
                OnStep();
            }
            catch (Exception exception)
            {
                _connection.OnDefect(exception);
            }
        }
    }

    /// <summary>The loop has ended, and with it the connection. From any thread.</summary>
    public void OnNotRun() => _session.Free();

    private Task<FlexTlsException?> Begin(int? limitMs)
    {
        if (_connection.Phase != ConnectionPhase.Handshaking)
        {
            // Made while the loop stops.
            return _over.Task;
        }

        int ownMs = _start.Option.HandshakeTimeoutMs ?? _connection.Settings.Tls.HandshakeTimeoutMs;
        _limitMs = Math.Max(1, Math.Min(ownMs, limitMs ?? ownMs));
        _connection.Loop.StartTimer(_timer, _limitMs);
        if (_start.Option is TlsClient)
        {
            Enter();
        }
        else
        {
            _connection.Receiver.Start();
        }

        return _over.Task;
    }

    private Task Authenticate(SslStream stream) => _start.Option is TlsServer server
        ? server.AuthenticateAsync(stream)
        : ((TlsClient)_start.Option).AuthenticateAsync(stream, _start.Server);

    private void Enter()
    {
        _isInLine = true;
        _connection.ActorLoop.Io.Tls.Enter(this, _connection.Settings.Tls.HandshakesPerLoop);
    }

    private void BeginStep()
    {
        IsStepRunning = true;
        _connection.Settings.Tls.Threads.Run(this);
    }

    private void OnStep()
    {
        if ((_defect ?? _authentication!.Exception?.InnerException) is { } failure)
        {
            Fail(Describe(failure), failure);
        }
        else if (_authentication!.IsCompletedSuccessfully)
        {
            _connection.Loop.StopTimer(_timer);
            _session.OnNegotiated();
            End(failure: null);
        }
        else if (_session.Transport.IsReading)
        {
            _connection.Sender.Start();
            _connection.Receiver.Start();
        }
        else
        {
            Fail("it waits for something else than the peer");
        }
    }

    /// <summary>What the other side is told of the failure goes out before the connection ends, within the same time limit.</summary>
    private void Fail(string text, Exception? cause = null)
    {
        if (!IsOver)
        {
            End(new FlexTlsException(Text(text), cause));
            _connection.Close.EndAfterOutput();
        }
    }

    private void OnTimeout()
    {
        End(new FlexTlsException(Text(
            $"it took longer than {_limitMs} ms: see flexsc.tls.handshake-timeout-ms, HandshakeTimeoutMs and a Connect's own time limit")));
        _connection.Close.TearDown(reset: true, closedEvent: null, closeSender: null);
    }

    private void End(FlexTlsException? failure)
    {
        if (IsOver)
        {
            return;
        }

        IsOver = true;
        if (_hasTurn)
        {
            _connection.ActorLoop.Io.Tls.Leave();
        }

        _over.SetResult(failure);
    }

    private string Text(string cause) => $"TLS handshake with {_start.Peer} failed: {cause}";

    private static string NotTls(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> first = bytes[..Math.Min(QuotedBytes, bytes.Length)];
        StringBuilder readable = new();
        foreach (byte value in first)
        {
            readable.Append(value is >= 0x20 and < 0x7f ? (char)value : '.');
        }

        return $"the peer sent something else than TLS, \"{readable}\" ({Convert.ToHexString(first)}): it must be told to use TLS on this port";
    }

    /// <summary>The runtime's text often only points at the next inner one.</summary>
    public static string Describe(Exception failure)
    {
        List<string> texts = [];
        for (Exception? each = failure; each is not null; each = each.InnerException)
        {
            if (!texts.Contains(each.Message))
            {
                texts.Add(each.Message);
            }
        }

        return string.Join(": ", texts);
    }
}
