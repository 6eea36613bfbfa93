using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.Echo;

/// <summary>One connection of the server: receives into provided buffers, sends from them, and gives each back when it was sent.</summary>
internal sealed class EchoConnection
{
    private const int RetryMs = 1;

    private readonly EchoServer _server;
    private readonly World _world;
    private readonly Party _helper;
    private readonly SyscallLoop _loop;
    private readonly int _socket;
    private readonly Queue<(ushort BufferId, int Bytes)> _unsent = new();
    private readonly Receiver _receiver;
    private readonly Sender _sender;
    private readonly EchoServer.Ignored _cancel;
    private readonly bool _isMultishot;
    private CloseMode? _mode;
    private long _bytesToSend = long.MaxValue;
    private bool _inputEnded;
    private bool _isEnding;
    private bool _isClosing;

    public EchoConnection(EchoServer server, World world, Party helper, SyscallLoop loop, int socket)
    {
        _server = server;
        _world = world;
        _helper = helper;
        _loop = loop;
        _socket = socket;
        _isMultishot = world.Random.Below(2) == 0;
        _cancel = new EchoServer.Ignored(EndIfIdle);
        _receiver = new Receiver(this);
        _sender = new Sender(this);
    }

    public void Begin() => _receiver.Begin();

    private unsafe void OnReceived(ushort bufferId, int bytes)
    {
        if (_mode is null)
        {
            _mode = (CloseMode)(*_loop.Buffers.AddressOf(bufferId));
            if (_mode is CloseMode.ServerEndsDirection or CloseMode.ServerCloses or CloseMode.ServerResets)
            {
                _bytesToSend = _world.Random.Between(1, 3_000);
            }
        }

        _unsent.Enqueue((bufferId, bytes));
        _sender.GoOn();
    }

    private void OnInputEnded()
    {
        _inputEnded = true;
        _sender.GoOn();
    }

    /// <summary>The connection is of no use any more: ends what is in flight, and then itself.</summary>
    private void End()
    {
        if (_isEnding)
        {
            EndIfIdle();
            return;
        }

        _isEnding = true;
        if (_receiver.IsPending && !_loop.TryCancel(_receiver, _cancel))
        {
            throw new SimulationFailure("no entry to cancel with");
        }

        EndIfIdle();
    }

    private void EndIfIdle()
    {
        if (_isEnding && !_sender.IsBusy)
        {
            // Now, for the receiver may wait for the very buffers.
            DropUnsent();
        }

        if (_isEnding && !_isClosing && !_receiver.IsPending && !_receiver.IsAwaitingBuffers && !_sender.IsBusy && !_cancel.IsPending)
        {
            _isClosing = true;
            _world.Observe(CloseAsync());
        }
    }

    private async Task CloseAsync()
    {
        if (_mode == CloseMode.ServerResets)
        {
            await Sockets.ResetOnCloseAsync(_loop, _socket);
        }

        await Sockets.CloseAsync(_loop, _socket);
        _server.Remove(this);
    }

    private void DropUnsent()
    {
        while (_unsent.TryDequeue(out (ushort BufferId, int) unsent))
        {
            GiveBack(unsent.BufferId);
        }
    }

    /// <summary>Here, or where another thread would.</summary>
    private void GiveBack(ushort bufferId)
    {
        if (_world.Random.Below(4) == 0)
        {
            ProvidedBuffers buffers = _loop.Buffers;
            _helper.Post(_ => buffers.Return(bufferId));
        }
        else
        {
            _loop.Buffers.Return(bufferId);
        }
    }

    private sealed class Receiver(EchoConnection connection) : SyscallOperation, IBufferWaiter
    {
        public bool IsAwaitingBuffers { get; private set; }

        public void Begin()
        {
            if (connection._isEnding)
            {
                connection.EndIfIdle();
                return;
            }

            SyscallLoop loop = connection._loop;
            if (!(connection._isMultishot ? loop.TryReceiveMultishot(this, connection._socket) : loop.TryReceive(this, connection._socket)))
            {
                throw new SimulationFailure("no entry to receive with");
            }
        }

        public void OnBuffersAvailable()
        {
            IsAwaitingBuffers = false;
            Begin();
        }

        protected internal override void OnCompleted(SyscallLoop loop, in Completion completion)
        {
            if (completion.HasBuffer)
            {
                connection.OnReceived(completion.BufferId, (int)completion.Result);
            }

            if (!completion.IsTerminal)
            {
                return;
            }

            switch (completion.Result)
            {
                case > 0:
                    Begin();
                    break;
                case 0:
                    connection.OnInputEnded();
                    break;
                case -Errno.NoBuffers:
                    IsAwaitingBuffers = true;
                    loop.Buffers.Await(this);
                    break;
                default:
                    Sockets.Require(
                        completion.Result is -RareErrno.ConnectionReset or -RareErrno.BrokenPipe
                            || (completion.Result == -Errno.Canceled && connection._isEnding), "recvfrom", completion.Result);
                    connection.End();
                    break;
            }
        }
    }

    private sealed class Sender(EchoConnection connection) : SyscallOperation
    {
        private readonly EchoServer.Ignored _shutdown = new(connection.EndIfIdle);
        private int _offset;
        private int _asked;
        private bool _waitsToRetry;
        private bool _sentEnd;

        public bool IsBusy => IsPending || _waitsToRetry || _shutdown.IsPending;

        public unsafe void GoOn()
        {
            if (IsBusy || connection._isEnding)
            {
                connection.EndIfIdle();
                return;
            }

            if (_sentEnd)
            {
                // What comes now is not sent back.
                DropAll();
                return;
            }

            if (connection._bytesToSend == 0)
            {
                EndEarly();
            }
            else if (connection._unsent.TryPeek(out (ushort BufferId, int Bytes) next))
            {
                _asked = (int)Math.Min(next.Bytes - _offset, connection._bytesToSend);
                if (!connection._loop.TrySend(this, connection._socket, connection._loop.Buffers.AddressOf(next.BufferId) + _offset, _asked))
                {
                    throw new SimulationFailure("no entry to send with");
                }
            }
            else if (connection._inputEnded)
            {
                connection.End();
            }
        }

        protected internal override void OnCompleted(SyscallLoop loop, in Completion completion)
        {
            long result = completion.Result;
            if (result == -Errno.NoBuffers)
            {
                connection._world.Observe(RetryAsync(loop));
                return;
            }

            if (result < 0)
            {
                Sockets.Require(result is -RareErrno.ConnectionReset or -RareErrno.BrokenPipe, "sendto", result);
                connection.End();
                return;
            }

            Sockets.Require(result > 0 && result <= _asked, "sendto", result);
            connection._bytesToSend -= result;
            _offset += (int)result;
            if (_offset == connection._unsent.Peek().Bytes)
            {
                _offset = 0;
                connection.GiveBack(connection._unsent.Dequeue().BufferId);
            }

            GoOn();
        }

        private void EndEarly()
        {
            if (connection._mode != CloseMode.ServerEndsDirection)
            {
                connection.End();
                return;
            }

            _sentEnd = true;
            if (!connection._loop.TryShutdownWrite(_shutdown, connection._socket))
            {
                throw new SimulationFailure("no entry to shut down with");
            }

            DropAll();
        }

        private void DropAll()
        {
            connection.DropUnsent();
            if (connection._inputEnded)
            {
                connection.End();
            }
        }

        private async Task RetryAsync(SyscallLoop loop)
        {
            _waitsToRetry = true;
            await LoopDelay.Of(loop, RetryMs);
            _waitsToRetry = false;
            GoOn();
        }
    }
}
