using System.Diagnostics;
using System.Net;
using Akka.Actor;
using Akka.Event;
using Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;

namespace FlexSc.Akka.IO;

/// <summary>
/// What becomes of accepted sockets: each a connection on the loop where it will live, or reset where that loop has no room. On that
/// loop's thread.
/// </summary>
/// <param name="owner">Of the connections.</param>
/// <param name="settings">Of the connections.</param>
/// <param name="bind">The command.</param>
/// <param name="localAddress">What the listening socket is bound to.</param>
/// <param name="clock">The loops' clock.</param>
/// <param name="notServed">Called for each that the handler is not told of.</param>
internal sealed class TcpAdmission(
    TcpOwner owner, TcpLoopSettings settings, Tcp.Bind bind, EndPoint localAddress, TimeProvider clock, Action notServed)
{
    private readonly TlsServer? _tls = TlsServer.Of(bind.Options);
    private readonly WarningEpisode _refusals = new(owner.Log, clock);

    /// <summary>Each connection has an own address of its own.</summary>
    private readonly bool _hasAnyAddress =
        localAddress is IPEndPoint { Address: { } address } && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any));

    /// <summary>Whether connections are over TLS.</summary>
    public bool IsSecured => _tls is not null;

    /// <summary>Makes the connection and tells the bind handler of it. Nothing is thrown: what goes wrong is logged.</summary>
    public async Task AdmitAsync(ActorLoop loop, int socket)
    {
        bool isTold = false;
        try
        {
            if (loop.Io.TryReserveConnection())
            {
                _refusals.Miss("admitting connections");
                isTold = await TryConnectHandlerAsync(loop, socket).ConfigureAwait(false);
            }
            else
            {
                Refuse(loop, socket);
            }
        }
        catch (LinuxException exception)
        {
            owner.Log.Debug("an accepted connection ended before it could be served: {0}", exception.Message);
        }
        catch (Exception exception)
        {
            owner.Log.Error(exception, "an accepted connection could not be served");
        }

        if (!isTold)
        {
            notServed();
        }
    }

    /// <summary>The loop of an accepted socket has ended before it came to it. From any thread.</summary>
    public void Drop(int socket)
    {
        // No call was made on it, so no loop needs to know.
        SocketClosing.CloseNow(socket);
        owner.OnNotAdmitted();
        notServed();
    }

    /// <returns>False when there is nothing to tell the handler of.</returns>
    private async Task<bool> TryConnectHandlerAsync(ActorLoop loop, int socket)
    {
        using Activity? activity = FlexScTelemetry.Activities.StartActivity("flexsc.tcp.accept", ActivityKind.Server);
        EndPoint remote;
        EndPoint local;
        try
        {
            // At once: they wait for nothing, and by an entry they would wait for the turn's end, and for a free entry.
            remote = loop.Loop.GetPeerNameNow(socket);
            local = _hasAnyAddress ? loop.Loop.GetSockNameNow(socket) : localAddress;
            SocketOptionHooks.Apply(
                socket, bind.Options, nameof(Inet.SocketOption.AfterConnect), static (option, wrapped) => option.AfterConnect(wrapped));
        }
        catch (Exception exception)
        {
            activity.Fail(exception);

            // Without an entry: there may be none left for it.
            loop.Io.ReleaseReservation();
            loop.Loop.ResetNow(socket);
            owner.OnNotAdmitted();
            throw;
        }

        activity?.SetTag("network.peer.address", remote.ToString());
        TlsStart? tls = _tls is null ? null : new TlsStart(_tls, remote, local);
        TcpConnection connection = new(loop, owner, settings, socket, bind.Handler, bind.PullMode, tls);
        if (connection.Tls is not null && await connection.Tls.HandshakeAsync().ConfigureAwait(false) is { } failure)
        {
            activity.Fail(failure);
            owner.OnAcceptFailed();
            owner.Log.Debug("{0}", failure.Message);
            loop.Group.System.EventStream.Publish(new TlsHandshakeFailed(remote, local, failure));
            return false;
        }

        bind.Handler.Tell(new Tcp.Connected(remote, local), connection);
        if (owner.Accepted is { EndsNewOnes: true })
        {
            connection.Tell(Tcp.ConfirmedClose.Instance, ActorRefs.NoSender);
        }

        return true;
    }

    private void Refuse(ActorLoop loop, int socket)
    {
        loop.Loop.ResetNow(socket);
        owner.OnNotAdmitted();
        _refusals.Meet(() =>
            $"connections of {localAddress} are reset: loop {loop.Index} has {loop.Io.ConnectionCount}, as many as its syscall entries allow; "
            + "raise flexsc.loops.pages or flexsc.loops.count");
    }
}
