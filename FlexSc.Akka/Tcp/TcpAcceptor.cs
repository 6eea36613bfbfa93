using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;
using Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;

namespace FlexSc.Akka.IO;

/// <summary>
/// A listening socket: one multishot accept on its loop, whose connections go to the loops of the group in turn. On its loop's
/// thread unless said otherwise.
/// </summary>
internal sealed class TcpAcceptor : SyscallOperation
{
    private readonly ActorLoop _loop;
    private readonly TcpOwner _owner;
    private readonly TcpLoopSettings _settings;
    private readonly Tcp.Bind _bind;
    private readonly Action<Exception> _failed;
    private readonly RetryTimer _retry;
    private readonly TaskCompletionSource<bool> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int _socket;
    private int _nextLoop;
    private bool _closing;
    private bool _closeBegun;
    private long _refusalsLogged;

    private TcpAcceptor(
        ActorLoop loop, TcpOwner owner, TcpLoopSettings settings, Tcp.Bind bind, int socket, EndPoint localAddress, Action<Exception> failed)
    {
        _loop = loop;
        _owner = owner;
        _settings = settings;
        _bind = bind;
        _socket = socket;
        LocalAddress = localAddress;
        _failed = failed;
        _nextLoop = loop.Index;
        _retry = new RetryTimer(this);
        MayAwaitBatch = true;
    }

    /// <summary>The address it is bound to.</summary>
    public EndPoint LocalAddress { get; }

    private bool HasAnyAddress => LocalAddress is IPEndPoint { Address: { } address } && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any));

    /// <summary>Binds and listens. On the loop's thread.</summary>
    /// <param name="loop">Loop that accepts.</param>
    /// <param name="owner">Of its connections.</param>
    /// <param name="settings">Of its connections.</param>
    /// <param name="bind">The command.</param>
    /// <param name="failed">Called on the loop's thread when accepting ends by an error.</param>
    /// <exception cref="LinuxException">A call failed.</exception>
    public static async Task<TcpAcceptor> OpenAsync(ActorLoop loop, TcpOwner owner, TcpLoopSettings settings, Tcp.Bind bind, Action<Exception> failed)
    {
        SyscallLoop calls = loop.Loop;
        bool isTcp = bind.LocalAddress.AddressFamily != AddressFamily.Unix;
        int socket = await calls.SocketAsync(bind.LocalAddress.AddressFamily, SocketType.Stream, nonBlocking: true).ConfigureAwait(false);
        try
        {
            if (isTcp)
            {
                await calls.SetOptionAsync(socket, SocketOption.ReuseAddress, 1).ConfigureAwait(false);

                // Accepted sockets inherit it (tcp(7)), which spares a call for each.
                await calls.SetOptionAsync(socket, SocketOption.NoDelay, 1).ConfigureAwait(false);
            }

            if (bind.LocalAddress.AddressFamily == AddressFamily.InterNetworkV6)
            {
                // As .NET's sockets of this family, which Akka.IO uses.
                await calls.SetOptionAsync(socket, SocketOption.IPv6Only, 1).ConfigureAwait(false);
            }

            SocketOptionHooks.Apply(socket, bind.Options, static (option, wrapped) => option.BeforeServerSocketBind(wrapped));
            await calls.BindAsync(socket, bind.LocalAddress).ConfigureAwait(false);
            await calls.ListenAsync(socket, bind.Backlog).ConfigureAwait(false);
            EndPoint bound = isTcp ? await calls.GetSockNameAsync(socket).ConfigureAwait(false) : bind.LocalAddress;
            TcpAcceptor acceptor = new(loop, owner, settings, bind, socket, bound, failed);
            acceptor.Accept();
            return acceptor;
        }
        catch
        {
            await calls.CloseAsync(socket).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Stops accepting and closes the socket. From any thread; again answers the same.</summary>
    public Task<bool> CloseAsync()
    {
        _loop.TrySchedule(new CloseRequest(this));
        return _closed.Task;
    }

    /// <inheritdoc/>
    protected override void OnCompleted(SyscallLoop loop, in Completion completion)
    {
        if (completion.Result >= 0)
        {
            _owner.OnAccepted();
            Assign((int)completion.Result);
        }

        if (!completion.IsTerminal)
        {
            return;
        }

        if (_closing || loop.IsStopping)
        {
            _ = CloseSocketAsync();
        }
        else if (completion.Result >= 0 || IsOfOneConnection(-completion.Result))
        {
            Accept();
        }
        else if (IsShortage(-completion.Result))
        {
            _owner.OnAcceptRetried();
            _owner.Log.Warning("accepting on {0} pauses {1} ms: {2}", LocalAddress, _settings.AcceptRetryMs, FailureOf(completion.Result).Message);
            loop.StartTimer(_retry, _settings.AcceptRetryMs);
        }
        else
        {
            _owner.OnAcceptFailed();
            _ = CloseSocketAsync();
            _failed(FailureOf(completion.Result));
        }
    }

    // A connection that ended, or a network that failed, before it was accepted; see accept(2), error handling.
    private static bool IsOfOneConnection(long errorNumber) => errorNumber is 71 or 92 or 95 or 100 or 101 or 103 or 112 or 113
        or Errno.Interrupted or Errno.Again or Errno.NotPermitted;

    private static bool IsShortage(long errorNumber) =>
        errorNumber is Errno.TooManyFiles or Errno.TooManyFilesInSystem or Errno.NoBuffers or Errno.NoMemory;

    private FlexSocketException FailureOf(long result) => new(new LinuxException(
        (int)-result, "accept4", LocalAddress.ToString()!, IsShortage(-result) ? "raise RLIMIT_NOFILE with ulimit -n" : null));

    private void Accept()
    {
        if (!_loop.Loop.TryAcceptMultishot(this, _socket))
        {
            _loop.Loop.StartTimer(_retry, _settings.AcceptRetryMs);
        }
    }

    private void Close()
    {
        if (_closing)
        {
            return;
        }

        _closing = true;
        _loop.Loop.StopTimer(_retry);
        if (!IsPending)
        {
            _ = CloseSocketAsync();
        }
        else
        {
            _loop.Loop.TryCancel(this, new Cancellation());
        }
    }

    private async Task CloseSocketAsync()
    {
        if (_closeBegun)
        {
            return;
        }

        _closeBegun = true;
        try
        {
            await _loop.Loop.CloseAsync(_socket).ConfigureAwait(false);
            _closed.TrySetResult(true);
        }
        catch (LinuxException exception)
        {
            _closed.TrySetException(exception);
        }
    }

    private void Assign(int socket)
    {
        IReadOnlyList<ActorLoop> loops = _loop.Group.StartedLoops;
        ActorLoop target = loops.Count == 0 ? _loop : loops[(int)((uint)_nextLoop++ % (uint)loops.Count)];
        if (target == _loop || !target.TrySchedule(new Adoption(this, target, socket)))
        {
            _ = AdoptAsync(_loop, socket);
        }
    }

    /// <summary>Makes the connection on the loop it will live on.</summary>
    private async Task AdoptAsync(ActorLoop loop, int socket)
    {
        try
        {
            if (!loop.Io.TryReserveConnection())
            {
                await RefuseAsync(loop, socket).ConfigureAwait(false);
                return;
            }

            await ConnectHandlerAsync(loop, socket).ConfigureAwait(false);
        }
        catch (LinuxException exception)
        {
            _owner.Log.Debug("an accepted connection ended before it could be served: {0}", exception.Message);
        }
        catch (Exception exception)
        {
            _owner.Log.Error(exception, "an accepted connection could not be served");
        }
    }

    private async Task ConnectHandlerAsync(ActorLoop loop, int socket)
    {
        EndPoint remote;
        EndPoint local;
        try
        {
            remote = await loop.Loop.GetPeerNameAsync(socket).ConfigureAwait(false);
            local = HasAnyAddress ? await loop.Loop.GetSockNameAsync(socket).ConfigureAwait(false) : LocalAddress;
            SocketOptionHooks.Apply(socket, _bind.Options, static (option, wrapped) => option.AfterConnect(wrapped));
        }
        catch
        {
            loop.Io.ReleaseReservation();
            await loop.Loop.CloseAsync(socket).ConfigureAwait(false);
            throw;
        }

        TcpConnection connection = new(loop, _owner, _settings, socket, _bind.Handler, _bind.PullMode);
        _bind.Handler.Tell(new Tcp.Connected(remote, local), connection);
    }

    private async Task RefuseAsync(ActorLoop loop, int socket)
    {
        const long refusalsPerWarning = 1000;
        if (_refusalsLogged++ % refusalsPerWarning == 0)
        {
            _owner.Log.Warning(
                "reset a connection: loop {0} has {1}, as many as its syscall entries allow; raise flexsc.loops.pages or flexsc.loops.count",
                loop.Index, loop.Io.ConnectionCount);
        }

        byte[] onWithNoTime = [1, 0, 0, 0, 0, 0, 0, 0]; // struct linger: l_onoff 1, l_linger 0
        await loop.Loop.SetOptionAsync(socket, SocketOption.Linger, onWithNoTime).ConfigureAwait(false);
        await loop.Loop.CloseAsync(socket).ConfigureAwait(false);
    }

    private sealed class Cancellation : SyscallOperation
    {
        // Whatever it answers, the accept's own completion tells that it is over.
        protected override void OnCompleted(SyscallLoop loop, in Completion completion)
        {
        }
    }

    private sealed class RetryTimer(TcpAcceptor acceptor) : LoopTimer
    {
        protected override void OnDue(SyscallLoop loop) => acceptor.Accept();
    }

    private sealed class CloseRequest(TcpAcceptor acceptor) : IRunnable
    {
        public void Execute() => Run();

        public void Run() => acceptor.Close();
    }

    private sealed class Adoption(TcpAcceptor acceptor, ActorLoop loop, int socket) : IRunnable
    {
        public void Execute() => Run();

        public void Run() => _ = acceptor.AdoptAsync(loop, socket);
    }
}
