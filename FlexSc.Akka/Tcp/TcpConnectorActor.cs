using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Event;
using Akka.IO;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using Dns = Akka.IO.Dns;

namespace FlexSc.Akka.IO;

/// <summary>Carries out one Connect: resolves the name, tries the addresses, hands the connection to its loop, and ends.</summary>
#pragma warning disable CA1001 // see _stopped
internal sealed class TcpConnectorActor : UntypedActor
#pragma warning restore CA1001
{
    private const int RetryPauseMs = 1;

    /// <summary>What Akka.IO 1.5 tells of any connect that fails.</summary>
    private const string RefusedText = "Could not establish connection because finishConnect never returned true";

    private readonly LoopGroup _group;
    private readonly TcpLoopSettings _settings;
    private readonly TcpOwner _owner;
    private readonly IActorRef _commander;
    private readonly Tcp.Connect _connect;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly long _begun;

    // Not disposed: an attempt on the loop may still link to it, and without a timer there is nothing to free.
    private readonly CancellationTokenSource _stopped = new();

    public TcpConnectorActor(LoopGroup group, TcpLoopSettings settings, TcpOwner owner, IActorRef commander, Tcp.Connect connect)
    {
        _group = group;
        _begun = group.Clock.GetTimestamp();
        _settings = settings.With(connect);
        _owner = owner;
        _commander = commander;
        _connect = connect;
    }

    protected override void PreStart()
    {
        if (_connect.Timeout is { } timeout)
        {
            Context.SetReceiveTimeout(timeout);
        }

        try
        {
            if (_connect.RemoteAddress is not DnsEndPoint name)
            {
                Begin([_connect.RemoteAddress]);
            }
            else if (Dns.ResolveName(name.Host, Context.System, Self) is { } resolved)
            {
                OnResolved(resolved, name);
            }
        }
        catch (Exception exception)
        {
            // A resolver that cannot be made, say. An actor that fails here ends without an answer to whoever waits for one.
            Fail(exception);
        }
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Dns.Resolved resolved when _connect.RemoteAddress is DnsEndPoint name:
                OnResolved(resolved, name);
                break;
            case Done:
                Context.Stop(Self);
                break;
            case CallFailed failure:
                Fail(failure.Cause);
                break;
            case ReceiveTimeout:
                Fail(new OperationCanceledException()); // the name was not resolved in time
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    protected override void PostStop() => _stopped.Cancel();

    private void OnResolved(Dns.Resolved resolved, DnsEndPoint name)
    {
        if (!resolved.IsSuccess)
        {
            Fail(UnresolvedNames.Of(name.Host, resolved.Exception));
            return;
        }

        IReadOnlyList<EndPoint> candidates = ConnectCandidates.Of(resolved, name, _settings.Stock.OutgoingSocketForceIpv4);
        if (candidates.Count == 0)
        {
            Fail(UnresolvedNames.Of(name.Host, cause: null));
            return;
        }

        Begin(candidates);
    }

    private void Begin(IReadOnlyList<EndPoint> candidates)
    {
        _log.Debug("Attempting connection to [{0}]", _connect.RemoteAddress);

        // From here on the token ends the attempt, so that one answer is given.
        Context.SetReceiveTimeout(null);
        try
        {
            // Where its commander lives, for that is who will work with the connection.
            ActorLoop loop = LoopAssignments.TryLoopOf(_commander, _group) ?? _group.Next();
            loop.AskAsync(() => ConnectAsync(loop, candidates)).PipeTo(Self, success: done => done, failure: cause => new CallFailed(cause));
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
    }

    private void Fail(Exception cause)
    {
        Exception told = cause switch
        {
            LinuxException when _settings.Keeps(TcpCompat.ConnectException) => new ConnectException(RefusedText),
            LinuxException failure => new FlexSocketException(failure),
            OperationCanceledException => new ConnectException($"Connect timeout of {_connect.Timeout} expired"),
            _ => cause,
        };
        _log.Debug("Could not establish connection to [{0}] due to {1}", _connect.RemoteAddress, told.Message);
        _commander.Tell(new Tcp.CommandFailed(_connect, told));
        Context.Stop(Self);
    }

    private async Task<Done> ConnectAsync(ActorLoop loop, IReadOnlyList<EndPoint> addresses)
    {
        using Activity? activity = FlexScTelemetry.Activities.StartActivity("flexsc.tcp.connect", ActivityKind.Client);
        activity?.SetTag("network.peer.address", _connect.RemoteAddress.ToString());
        try
        {
            return await ConnectToOneAsync(loop, addresses).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            activity.Fail(exception);
            throw;
        }
    }

    private async Task<Done> ConnectToOneAsync(ActorLoop loop, IReadOnlyList<EndPoint> addresses)
    {
        ConnectCandidates candidates = new(
            addresses, _settings.Stock.FinishConnectRetries + 1, TimeSpan.FromMilliseconds(_settings.ConnectAttemptMs));
        while (true)
        {
            EndPoint address = candidates.Current;
            bool mayRetry = false;
            try
            {
                await ConnectWithinAsync(loop, address, candidates.LimitOf(TimeLeft())).ConfigureAwait(false);
                return Done.Instance;
            }
            catch (LinuxException exception)
            {
                // Only a refused connect may succeed a moment later; a family that this host lacks does not.
                mayRetry = exception.Call == "connect";
                _log.Debug("Attempt on [{0}] failed: {1}", address, exception.Message);
                if (TimeLeft() <= TimeSpan.Zero || !candidates.MoveOn(mayRetry))
                {
                    throw;
                }
            }
            catch (OperationCanceledException)
            {
                _log.Debug("Attempt on [{0}] took too long", address);
                if (_stopped.IsCancellationRequested || TimeLeft() <= TimeSpan.Zero || !candidates.MoveOn(again: false))
                {
                    throw;
                }
            }

            if (mayRetry)
            {
                await loop.DelayAsync(RetryPauseMs).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The rest of the command's time limit, for the handshake, which is of one address.</summary>
    private int? LimitMs() => TimeLeft() is { } left ? (int)Math.Clamp(left.TotalMilliseconds, 1, int.MaxValue) : null;

    /// <summary>What is left of the command's time limit, which is over all addresses and the name's resolution; null without one.</summary>
    private TimeSpan? TimeLeft() => _connect.Timeout - _group.Clock.GetElapsedTime(_begun);

    private async Task ConnectWithinAsync(ActorLoop loop, EndPoint remote, TimeSpan? limit)
    {
        using CancellationTokenSource timeout = CancellationTokenSource.CreateLinkedTokenSource(_stopped.Token);
        using IDisposable? end = limit is { } longest ? loop.Loop.CancelAfter(timeout, longest) : null;
        await ConnectOnceAsync(loop, remote, timeout.Token).ConfigureAwait(false);
    }

    private async Task ConnectOnceAsync(ActorLoop loop, EndPoint remote, CancellationToken timeout)
    {
        SyscallLoop calls = loop.Loop;
        if (!loop.Io.TryReserveConnection())
        {
            throw new InvalidOperationException(
                $"loop {loop.Index} has {loop.Io.ConnectionCount} connections, as many as its syscall entries allow: raise flexsc.loops.pages");
        }

        TcpConnection connection;
        int socket = -1;
        EndPoint local;
        try
        {
            // A failed connect leaves a socket that cannot be used again, so each attempt has its own.
            socket = await calls.SocketAsync(remote.AddressFamily, SocketType.Stream, nonBlocking: true).ConfigureAwait(false);
            await PrepareAsync(calls, socket, remote).ConfigureAwait(false);
            await calls.ConnectAsync(socket, remote, timeout).ConfigureAwait(false);
            local = await calls.GetSockNameAsync(socket).ConfigureAwait(false);
            SocketOptionHooks.Apply(
                socket, _connect.Options, nameof(Inet.SocketOption.AfterConnect), static (option, wrapped) => option.AfterConnect(wrapped));
            TlsStart? tls = TlsClient.Of(_connect.Options) is { } option ? new TlsStart(option, remote, _connect.RemoteAddress) : null;
            connection = new TcpConnection(loop, _owner, _settings, socket, _commander, _connect.PullMode, tls);
        }
        catch
        {
            loop.Io.ReleaseReservation();
            if (socket >= 0)
            {
                calls.CloseNow(socket);
            }

            throw;
        }

        // From here on socket and reservation are the connection's.
        if (connection.Tls is { } session && await session.HandshakeAsync(LimitMs()).ConfigureAwait(false) is { } failure)
        {
            throw failure;
        }

        _commander.Tell(new Tcp.Connected(Told(remote), Told(local)), connection);
    }

    /// <summary>Akka.IO's sockets are of both families, unless IPv4 is forced, and tell an IPv4 address as one of IPv6.</summary>
    private EndPoint Told(EndPoint address) => _settings.Keeps(TcpCompat.MappedAddress) && !_settings.Stock.OutgoingSocketForceIpv4
        ? OfFamily(address, AddressFamily.InterNetworkV6)
        : address;

    private async Task PrepareAsync(SyscallLoop calls, int socket, EndPoint remote)
    {
        if (remote.AddressFamily != AddressFamily.Unix)
        {
            await calls.SetOptionAsync(socket, SocketOption.NoDelay, 1).ConfigureAwait(false);
        }

        SocketOptionHooks.Apply(
            socket, _connect.Options, nameof(Inet.SocketOption.BeforeConnect), static (option, wrapped) => option.BeforeConnect(wrapped));
        if (_connect.LocalAddress is not null)
        {
            await calls.BindAsync(socket, OfFamily(_connect.LocalAddress, remote.AddressFamily)).ConfigureAwait(false);
        }
    }

    /// <summary>An IPv4 address as an IPv6 socket takes it, and the reverse: bind(2) takes no other family than the socket's.</summary>
    private static EndPoint OfFamily(EndPoint address, AddressFamily family) => address switch
    {
        IPEndPoint { AddressFamily: AddressFamily.InterNetwork } v4 when family == AddressFamily.InterNetworkV6 => new IPEndPoint(v4.Address.MapToIPv6(), v4.Port),
        IPEndPoint { Address.IsIPv4MappedToIPv6: true } mapped when family == AddressFamily.InterNetwork => new IPEndPoint(mapped.Address.MapToIPv4(), mapped.Port),
        _ => address,
    };

    private sealed record CallFailed(Exception Cause) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

    private sealed class Done : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static Done Instance { get; } = new();
    }
}
