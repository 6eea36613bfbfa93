using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.Echo;

/// <summary>Sends back what it receives. It runs on the loop of one party; another one gives some of its buffers back, as other threads do.</summary>
internal sealed class EchoServer(World world, Party party, Party helper)
{
    private const int Backlog = 4;
    private const int RetryMs = 1;

    private readonly World _world = world;
    private readonly List<EchoConnection> _connections = [];
    private Accepting? _accepting;
    private int _listener = -1;

    /// <summary>It has ended with everything it had.</summary>
    public bool HasEnded { get; private set; }

    public bool HasConnections => _connections.Count > 0;

    public async Task StartAsync(int port)
    {
        _listener = await Sockets.ListenAsync(party.Loop, port, Backlog);
        _accepting = new Accepting(this);
        _accepting.Begin(party.Loop);
    }

    /// <summary>Ends the listener; the connections end with their clients.</summary>
    public void Stop() => party.Post(loop => _accepting!.Stop(loop));

    public void Remove(EchoConnection connection)
    {
        if (!_connections.Remove(connection))
        {
            throw new SimulationFailure("a connection has ended twice");
        }
    }

    private void Add(SyscallLoop loop, int socket)
    {
        EchoConnection connection = new(this, _world, helper, loop, socket);
        _connections.Add(connection);
        connection.Begin();
    }

    private async Task CloseListenerAsync(SyscallLoop loop)
    {
        await Sockets.CloseAsync(loop, _listener);
        HasEnded = true;
    }

    /// <summary>Accepts until it is stopped.</summary>
    private sealed class Accepting(EchoServer server) : SyscallOperation
    {
        private readonly Ignored _cancel = new();
        private bool _stops;

        public void Begin(SyscallLoop loop)
        {
            if (_stops)
            {
                server._world.Observe(server.CloseListenerAsync(loop));
            }
            else if (!loop.TryAcceptMultishot(this, server._listener))
            {
                throw new SimulationFailure("no entry to accept with");
            }
        }

        public void Stop(SyscallLoop loop)
        {
            _stops = true;
            if (IsPending && !loop.TryCancel(this, _cancel))
            {
                throw new SimulationFailure("no entry to cancel with");
            }
        }

        protected internal override void OnCompleted(SyscallLoop loop, in Completion completion)
        {
            if (completion.Result >= 0)
            {
                server.Add(loop, (int)completion.Result);
            }

            if (!completion.IsTerminal)
            {
                return;
            }

            Sockets.Require(
                completion.Result >= 0 || (completion.Result == -Errno.Canceled && _stops) || Sockets.IsShortage(completion.Result), "accept4", completion.Result);
            server._world.Observe(BeginLaterAsync(loop));
        }

        private async Task BeginLaterAsync(SyscallLoop loop)
        {
            await LoopDelay.Of(loop, RetryMs);
            Begin(loop);
        }
    }

    /// <summary>A call whose result is of no interest.</summary>
    internal sealed class Ignored(Action? then = null) : SyscallOperation
    {
        protected internal override void OnCompleted(SyscallLoop loop, in Completion completion) => then?.Invoke();
    }
}
