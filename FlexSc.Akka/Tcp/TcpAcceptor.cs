using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Event;
using Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;

namespace FlexSc.Akka.IO;

/// <summary>
/// A listening socket: one multishot accept on its loop, whose connections go to the loops of the group by their load, or stay where each loop
/// has such a socket. On its loop's thread unless said otherwise.
/// </summary>
internal sealed partial class TcpAcceptor : SyscallOperation, ILoopMember, IListening
{
    /// <summary>Entries it may have in use at once: the accept, and what cancels it.</summary>
    private const int EntriesOfAcceptor = 2;

    private readonly ActorLoop _loop;
    private readonly TcpOwner _owner;
    private readonly TcpLoopSettings _settings;
    private readonly Tcp.Bind _bind;
    private readonly Action<Exception> _failed;
    private readonly RetryTimer _retry;
    private readonly TaskCompletionSource<bool> _closed = new(LoopEnvironment.Ambient.CompletedByLoop);
    private readonly int _socket;
    private readonly WarningEpisode _shortage;
    private readonly TcpAdmission _admission;
    private readonly AcceptDemand _demand;
    private int _nextLoop;
    private DescriptorReserve _reserve;
    private int _lastDescriptor;
    private bool _oneByOne;
    private bool _pausing;
    private bool _closing;
    private bool _closeBegun;

    private TcpAcceptor(
        ActorLoop loop, TcpOwner owner, TcpLoopSettings settings, Tcp.Bind bind, AcceptDemand demand, int socket, EndPoint localAddress,
        Action<Exception> failed)
    {
        _loop = loop;
        _owner = owner;
        _settings = settings;
        _bind = bind;
        _demand = demand;
        _socket = socket;
        _lastDescriptor = socket;
        _reserve = new DescriptorReserve(settings.DescriptorReserve, bind.Backlog);
        LocalAddress = localAddress;
        _failed = failed;
        _nextLoop = loop.Index;
        _retry = new RetryTimer(this);
        _shortage = new WarningEpisode(owner.Log, loop.Group.Clock);
        _admission = new TcpAdmission(owner, settings, bind, localAddress, loop.Group.Clock, OnNotServed);
        MayAwaitBatch = true;
        UsesReservedEntry = true;
    }

    /// <summary>The loop that accepts. From any thread.</summary>
    public ActorLoop ActorLoop => _loop;

    /// <summary>The address it is bound to.</summary>
    public EndPoint LocalAddress { get; }

    public int Socket => _socket;

    /// <summary>The path that goes with the socket; null for none.</summary>
    private UnixSocketPath? Path { get; init; }

    /// <summary>Binds and listens. On the loop's thread.</summary>
    /// <param name="loop">Loop that accepts.</param>
    /// <param name="owner">Of its connections.</param>
    /// <param name="settings">Of its connections.</param>
    /// <param name="bind">The command.</param>
    /// <param name="demand">How many connections it may accept.</param>
    /// <param name="failed">Called on the loop's thread when accepting ends by an error.</param>
    /// <exception cref="LinuxException">A call failed.</exception>
    public static async Task<TcpAcceptor> OpenAsync(
        ActorLoop loop, TcpOwner owner, TcpLoopSettings settings, Tcp.Bind bind, AcceptDemand demand, Action<Exception> failed)
    {
        SyscallLoop calls = loop.Loop;
        bool isTcp = bind.LocalAddress.AddressFamily != AddressFamily.Unix;
        int socket = await calls.SocketAsync(bind.LocalAddress.AddressFamily, SocketType.Stream, nonBlocking: true).ConfigureAwait(false);
        UnixSocketPath? path = null;
        try
        {
            if (isTcp)
            {
                await calls.SetOptionAsync(socket, SocketOption.ReuseAddress, 1).ConfigureAwait(false);

                // Accepted sockets inherit it (tcp(7)), which spares a call for each.
                await calls.SetOptionAsync(socket, SocketOption.NoDelay, 1).ConfigureAwait(false);
            }

            if (settings.ListensPerLoop)
            {
                await calls.SetOptionAsync(socket, SocketOption.ReusePort, 1).ConfigureAwait(false);
            }

            if (bind.LocalAddress.AddressFamily == AddressFamily.InterNetworkV6)
            {
                // As .NET's sockets of this family, which Akka.IO uses.
                await calls.SetOptionAsync(socket, SocketOption.IPv6Only, 1).ConfigureAwait(false);
            }

            SocketOptionHooks.Apply(
                socket, bind.Options, nameof(Inet.SocketOption.BeforeServerSocketBind), static (option, wrapped) => option.BeforeServerSocketBind(wrapped));
            path = await UnixSocketPath.BindAsync(calls, socket, SocketType.Stream, bind.LocalAddress, UnixSocketOptions.ModeOf(bind.Options)).ConfigureAwait(false);
            await calls.ListenAsync(socket, bind.Backlog).ConfigureAwait(false);
            EndPoint bound = isTcp ? await calls.GetSockNameAsync(socket).ConfigureAwait(false) : bind.LocalAddress;
            TcpAcceptor acceptor = new(loop, owner, settings, bind, demand, socket, bound, failed) { Path = path };
            if (!calls.TryReserveEntries(EntriesOfAcceptor))
            {
                throw new InvalidOperationException(
                    $"no syscall entries are left to accept on {bound}: loop {loop.Index} uses {calls.UsedEntries} of {calls.EntryCount}; raise flexsc.loops.pages");
            }

            loop.Join(acceptor);
            acceptor.Accept();
            return acceptor;
        }
        catch
        {
            calls.CloseNow(socket);
            path?.RemoveNow();
            throw;
        }
    }

    /// <summary>
    /// Stops accepting and closes the socket. From any thread; again answers the same. Where the loop is given up nobody is let in any more, and
    /// the socket closes when it goes on.
    /// </summary>
    public Task<bool> CloseAsync()
    {
        if (_loop.IsGivenUp)
        {
            EndListening();
            _loop.TrySchedule(new CloseRequest(this));
            return Task.FromResult(true);
        }

        if (!_loop.TrySchedule(new CloseRequest(this)))
        {
            OnLoopGone();
        }

        return _closed.Task;
    }

    /// <inheritdoc/>
    public void OnStopping() => Close();

    /// <inheritdoc/>
    public void OnEnded()
    {
        _loop.Leave(this);
        int waiting = LostListenerException.CountWaiting(_socket);
        if (!_closed.Task.IsCompleted)
        {
            EndSocket(static acceptor => SocketClosing.CloseNow(acceptor._socket));
            Path?.RemoveNow();
            OnLoopGone();
        }

        if (!_closing && !_isReplaced && !_listensNoMore)
        {
            _failed(new LostListenerException(_loop.Loop.Name, LocalAddress, waiting));
        }
    }

    /// <inheritdoc/>
    protected override void OnCompleted(SyscallLoop loop, in Completion completion)
    {
        if (completion.Result >= 0)
        {
            Take((int)completion.Result);
        }

        if (!completion.IsTerminal)
        {
            return;
        }

        if (_closing || _isReplaced || _listensNoMore || loop.IsStopping)
        {
            CloseSocket();
        }
        else if (_pausing)
        {
            loop.StartTimer(_retry, _settings.AcceptRetryMs);
        }
        else if (completion.Result >= 0 || completion.Result == -Errno.Canceled || Errno.IsOfOneConnection(-completion.Result))
        {
            Accept();
        }
        else if (IsShortage(-completion.Result))
        {
            OnShortage(completion.Result);
            loop.StartTimer(_retry, _settings.AcceptRetryMs);
        }
        else
        {
            _owner.OnAcceptFailed();
            CloseSocket();
            _failed(FailureOf(completion.Result));
        }
    }

    private static bool IsShortage(long errorNumber) =>
        errorNumber is Errno.TooManyFiles or Errno.TooManyFilesInSystem or Errno.NoBuffers or Errno.NoMemory;

    private FlexSocketException FailureOf(long result) => new(new LinuxException(
        (int)-result, "accept4", LocalAddress.ToString()!, IsShortage(-result) ? "raise RLIMIT_NOFILE with ulimit -n" : null));

    private void Accept()
    {
        if (_demand.IsMet)
        {
            // Clients wait in the backlog until more are asked for.
            return;
        }

        _reserve.Refresh();
        _oneByOne = _demand.IsThrottled || _reserve.IsNear(_lastDescriptor);
        if (!(_oneByOne ? _loop.Loop.TryAccept(this, _socket) : _loop.Loop.TryAcceptMultishot(this, _socket)))
        {
            _loop.Loop.StartTimer(_retry, _settings.AcceptRetryMs);
        }
    }

    /// <summary>
    /// Takes an accepted connection, unless the reserve is all that is left: what serves the connections that are there needs
    /// descriptors, too, and breaks for good without.
    /// </summary>
    private void Take(int socket)
    {
        _lastDescriptor = socket;
        if (!_reserve.Has(socket))
        {
            if (!_oneByOne && _reserve.IsNear(socket))
            {
                EndAccept();
            }

            _shortage.Miss("accepting");
            _owner.OnAccepted();
            _demand.Take();
            Assign(socket);
            return;
        }

        _owner.OnAcceptFailed();
        _loop.Loop.ResetNow(socket);
        OnShortage(-Errno.TooManyFiles);
        if (!_pausing)
        {
            _pausing = true;
            EndAccept();
        }
    }

    /// <summary>Ends an accept that goes on; its terminal completion decides what follows.</summary>
    private void EndAccept()
    {
        // Without an entry for it the next connection asks again.
        _oneByOne = !IsPending || _loop.Loop.TryCancel(this, new Cancellation { UsesReservedEntry = true });
    }

    private void OnShortage(long result)
    {
        _owner.OnAcceptRetried();
        _shortage.Meet(() =>
            $"accepting on {LocalAddress} pauses until there is room again: {FailureOf(result).Message}; tried again every {_settings.AcceptRetryMs} ms");
    }

    private void OnRetry()
    {
        if (_closing)
        {
            BeginClose();
        }
        else if (_pausing)
        {
            _ = LookForRoomAsync();
        }
        else
        {
            Accept();
        }
    }

    /// <summary>Goes on accepting when the next descriptor would not be of the reserve; clients wait in the backlog meanwhile.</summary>
    private async Task LookForRoomAsync()
    {
        try
        {
            int next = await _loop.Loop.SocketAsync(AddressFamily.Unix, SocketType.Stream).ConfigureAwait(false);
            _loop.Loop.CloseNow(next);
            _lastDescriptor = next;
            _reserve.Refresh();
            _pausing = _reserve.Has(next);
        }
        catch (Exception exception) when (exception is LinuxException or InvalidOperationException)
        {
            // No descriptor or no entry at all: it goes on.
            _shortage.Meet(() => exception.Message);
        }

        if (_closing)
        {
            BeginClose();
        }
        else if (_pausing)
        {
            _loop.Loop.StartTimer(_retry, _settings.AcceptRetryMs);
        }
        else
        {
            Accept();
        }
    }

    private void Close()
    {
        if (!_closing)
        {
            _closing = true;
            BeginClose();
        }
    }

    private void BeginClose()
    {
        _loop.Loop.StopTimer(_retry);
        if (!IsPending)
        {
            CloseSocket();
        }
        else if (!_loop.Loop.TryCancel(this, new Cancellation { UsesReservedEntry = true }))
        {
            // No entry for it now; the loop cancels by itself should it stop before.
            _loop.Loop.StartTimer(_retry, _settings.AcceptRetryMs);
        }
    }

    /// <summary>No call is in flight on the socket, so it needs no entry: an Unbind is answered whatever else is short.</summary>
    private void CloseSocket()
    {
        if (_closeBegun)
        {
            return;
        }

        _closeBegun = true;
        _loop.Leave(this);
        _loop.Loop.ReleaseEntries(EntriesOfAcceptor);
        long result = 0;
        EndSocket(acceptor => result = acceptor._loop.Loop.CloseNow(acceptor._socket));
        _ = EndAsync(result);
    }

    private async Task EndAsync(long result)
    {
        await (Path?.RemoveAsync(_loop.Loop) ?? Task.CompletedTask).ConfigureAwait(false);

        // Interrupted it is closed as well; see close(2).
        if (result is < 0 and not -Errno.Interrupted)
        {
            _closed.TrySetException(new LinuxException((int)-result, "close", $"the listening socket of {LocalAddress}"));
        }

        _closed.TrySetResult(true);
    }

    // The loop closes what is its when it ends.
    private void OnLoopGone() => _closed.TrySetResult(true);
}
