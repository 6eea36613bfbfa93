using System.Net;
using Akka.Event;
using Akka.IO;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.IO;

/// <summary>
/// A listening socket for each loop, all with one address: SO_REUSEPORT. A loop that is given up has none until it comes back; one that an error has
/// ended has none for good. From any thread.
/// </summary>
/// <param name="group">The loops.</param>
/// <param name="open">Opens one on a loop, on that loop's thread; what it is given last is called when accepting there ends by an error.</param>
/// <param name="failed">Called when accepting ends by an error on the last of them, or by one that is not a loop's end.</param>
/// <param name="owner">Of the connections.</param>
internal sealed class ListenerPerLoop(
    LoopGroup group, Func<ActorLoop, Tcp.Bind, Action<Exception>, Task<TcpAcceptor>> open, Action<Exception> failed, TcpOwner owner) : IListening
{
    private readonly Lock _gate = new();

    /// <summary>By loop: a place for one, which is empty while it is opened.</summary>
    private readonly Dictionary<ActorLoop, Place> _places = [];
    private Tcp.Bind? _bind;
    private EndPoint? _address;
    private bool _isClosing;

    /// <inheritdoc/>
    public EndPoint LocalAddress => _address ?? throw new InvalidOperationException("it is not open");

    private TcpAcceptor[] Open
    {
        get
        {
            lock (_gate)
            {
                return [.. _places.Values.Select(static place => place.Acceptor).OfType<TcpAcceptor>()];
            }
        }
    }

    /// <summary>Opens them; what is open is closed where one cannot be.</summary>
    public async Task<IListening> OpenAsync(Tcp.Bind bind)
    {
        try
        {
            // The first one says which port it is where any will do.
            ActorLoop[] loops = [.. group.Loops.Where(static loop => !loop.Loop.HasFailed && !loop.IsGivenUp)];
            if (loops.Length == 0)
            {
                throw new InvalidOperationException("no loop is left that could accept");
            }

            _bind = bind;
            _address = (await OpenOnAsync(loops[0], bind).ConfigureAwait(false)).LocalAddress;
            _bind = new Tcp.Bind(bind.Handler, _address, bind.Backlog, bind.Options, bind.PullMode) { TcpSettings = bind.TcpSettings };
            await Task.WhenAll(loops.Skip(1).Select(loop => OpenOnAsync(loop, _bind))).ConfigureAwait(false);
            return this;
        }
        catch
        {
            await CloseAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public Task<bool> CloseAsync()
    {
        lock (_gate)
        {
            _isClosing = true;
        }

        return CloseAllAsync();
    }

    /// <inheritdoc/>
    public void OnDemandChanged()
    {
        foreach (TcpAcceptor acceptor in Open)
        {
            acceptor.OnDemandChanged();
        }
    }

    /// <summary>The kernel is to give connections to the others alone.</summary>
    /// <returns>Connections that waited on that loop and were handed on; null where no socket of this is there.</returns>
    public int? OnGivenUp(ActorLoop loop)
    {
        Place? place;
        lock (_gate)
        {
            _places.Remove(loop, out place);
        }

        return place?.Acceptor?.BeReplaced();
    }

    /// <summary>
    /// A loop that was given up goes on: it has a socket again. One that has its own still, or has one being opened, came back before its
    /// giving up was heard of here.
    /// </summary>
    public async Task OnCameBackAsync(ActorLoop loop)
    {
        if (_bind is { } bind && !_isClosing && TryTakePlace(loop) is { } place)
        {
            await OpenAtAsync(loop, bind, place).ConfigureAwait(false);
        }
    }

    private async Task<bool> CloseAllAsync()
    {
        await Task.WhenAll(Open.Select(static acceptor => acceptor.CloseAsync())).ConfigureAwait(false);
        return true;
    }

    private Task<TcpAcceptor> OpenOnAsync(ActorLoop loop, Tcp.Bind bind) => OpenAtAsync(
        loop, bind, TryTakePlace(loop) ?? throw new InvalidOperationException($"loop {loop.Index} accepts on {bind.LocalAddress} already"));

    /// <returns>Null where the loop has one.</returns>
    private Place? TryTakePlace(ActorLoop loop)
    {
        Place place = new();
        lock (_gate)
        {
            return _places.TryAdd(loop, place) ? place : null;
        }
    }

    private async Task<TcpAcceptor> OpenAtAsync(ActorLoop loop, Tcp.Bind bind, Place place)
    {
        TcpAcceptor acceptor;
        try
        {
            acceptor = await loop.RunAsync(() => open(loop, bind, cause => OnFailed(loop, place, cause))).ConfigureAwait(false);
        }
        catch
        {
            lock (_gate)
            {
                Leave(loop, place);
            }

            throw;
        }

        bool isWanted;
        lock (_gate)
        {
            // Its place is gone, or another's, when its loop was given up meanwhile.
            isWanted = !_isClosing && _places.GetValueOrDefault(loop) == place;
            if (isWanted)
            {
                place.Acceptor = acceptor;
            }
        }

        if (!isWanted)
        {
            await acceptor.CloseAsync().ConfigureAwait(false);
        }

        return acceptor;
    }

    /// <summary>With the gate held.</summary>
    private void Leave(ActorLoop loop, Place place)
    {
        if (_places.GetValueOrDefault(loop) == place)
        {
            _places.Remove(loop);
        }
    }

    private void OnFailed(ActorLoop loop, Place place, Exception cause)
    {
        bool isLast;
        lock (_gate)
        {
            Leave(loop, place);
            isLast = _places.Count == 0;
        }

        if (cause is LostListenerException lost && !isLast)
        {
            owner.OnListenerLost(lost.WaitingConnections);
            owner.Log.Warning("{0}; {1} connections that waited to be accepted were reset, and the other loops go on", lost.Message, lost.WaitingConnections);
        }
        else
        {
            failed(cause);
        }
    }

    private sealed class Place
    {
        public TcpAcceptor? Acceptor { get; set; }
    }
}
