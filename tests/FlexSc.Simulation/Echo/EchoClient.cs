using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.Echo;

/// <summary>One connection of a client: sends a stream in pieces, compares what comes back, and ends as its mode says.</summary>
internal sealed class EchoClient(World world, Party party, uint stream, CloseMode mode, int bytes)
{
    private const int MostPieceBytes = 2_000;
    private const int RetryMs = 1;

    private int _socket;
    private long _received;
    private long _stopAt = long.MaxValue;

    private SyscallLoop Loop => party.Loop;

    private bool ServerEndsIt => mode is CloseMode.ServerEndsDirection or CloseMode.ServerCloses or CloseMode.ServerResets;

    private string Who => $"{party.Process.Name}, {mode}";

    public async Task RunAsync(int port)
    {
        (_socket, _) = await Sockets.ConnectAsync(Loop, port);
        if (mode is CloseMode.ClientClosesEarly or CloseMode.ClientResets)
        {
            _stopAt = world.Random.Between(1, bytes);
        }

        using CancellationTokenSource end = new();
        world.Trace($"{Who}: socket {_socket}, {bytes} bytes");
        Task sending = SendAsync(end.Token);
        await ReceiveAsync();
        if (ServerEndsIt || _stopAt < bytes)
        {
            // The rest is of no interest to the other side.
            end.Cancel();
        }

        await sending;
        if (mode == CloseMode.ClientResets)
        {
            await Sockets.ResetOnCloseAsync(Loop, _socket);
        }

        await Sockets.CloseAsync(Loop, _socket);
        world.Trace($"{Who}: {_received} of {bytes} bytes came back");
    }

    private async Task SendAsync(CancellationToken end)
    {
        NativeBytes memory = new(MostPieceBytes);
        for (long sent = 0; sent < bytes;)
        {
            int piece = (int)Math.Min(world.Random.Between(1, MostPieceBytes), bytes - sent);
            ByteStream.Fill(memory.Span[..piece], stream, sent);
            if (sent == 0)
            {
                memory.Span[0] = (byte)mode;
            }

            long flags = world.Random.Below(2) == 0 ? Sockets.WaitAll : 0;
            long result = await SubmitAsync(SyscallNumber.SendTo, memory, piece, flags, end);
            if (result == -Errno.NoBuffers)
            {
                await LoopDelay.Of(Loop, RetryMs);
                continue;
            }

            if (result == -Errno.Canceled || (ServerEndsIt && result is -RareErrno.ConnectionReset or -RareErrno.BrokenPipe))
            {
                return;
            }

            // A call that was to be in full may be cut short by a shortage only.
            Sockets.Require(result > 0 && result <= piece, $"{Who}: sendto", result);
            sent += result;
            if (world.Random.Below(16) == 0)
            {
                await LoopDelay.Of(Loop, world.Random.Below(3));
            }
        }

        if (mode == CloseMode.ClientEndsDirection || ServerEndsIt)
        {
            // The server may have to send less than it is to end behind.
            long result = await Loop.SubmitAsync(SyscallNumber.Shutdown, _socket, 1, 0, 0, 0, 0, CancellationToken.None);
            Sockets.Require(result == 0 || (ServerEndsIt && result == -RareErrno.NotConnected), $"{Who}: shutdown", result);
        }
    }

    private async Task ReceiveAsync()
    {
        NativeBytes memory = new(MostPieceBytes);
        while (_received < _stopAt)
        {
            using CancellationTokenSource impatience = new();
            int wanted = (int)world.Random.Between(1, MostPieceBytes);
            long flags = mode == CloseMode.ClientCloses && _received + wanted <= bytes && world.Random.Below(8) == 0 ? Sockets.WaitAll : 0;
            ValueTask<long> receiving = SubmitAsync(SyscallNumber.RecvFrom, memory, wanted, flags, impatience.Token);
            if (world.Random.Below(8) == 0)
            {
                impatience.Cancel();
            }

            long result = await receiving;
            if (result == -Errno.Canceled)
            {
                continue;
            }

            if (result <= 0)
            {
                RequireEnd(result);
                return;
            }

            Check(memory.Span[..(int)result]);
            if (mode == CloseMode.ClientCloses && _received == bytes)
            {
                return;
            }
        }
    }

    private void Check(Span<byte> received)
    {
        if (_received + received.Length > bytes)
        {
            throw new SimulationFailure($"{Who}: more bytes came back than were sent");
        }

        if (_received == 0)
        {
            if (received[0] != (byte)mode)
            {
                throw new SimulationFailure($"{Who}: the first byte is wrong");
            }

            ByteStream.Check(received[1..], stream, 1, Who);
        }
        else
        {
            ByteStream.Check(received, stream, _received, Who);
        }

        _received += received.Length;
    }

    private void RequireEnd(long result)
    {
        bool isRight = mode switch
        {
            CloseMode.ClientEndsDirection => result == 0 && _received == bytes,
            CloseMode.ServerEndsDirection => result == 0,
            CloseMode.ServerCloses => result is 0 or -RareErrno.ConnectionReset or -RareErrno.BrokenPipe,
            CloseMode.ServerResets => result is 0 or -RareErrno.ConnectionReset or -RareErrno.BrokenPipe,
            _ => false,
        };
        if (!isRight)
        {
            throw new SimulationFailure($"{Who}: after {_received} of {bytes} bytes a receive answered {result}");
        }
    }

    private async ValueTask<long> SubmitAsync(ushort number, NativeBytes memory, int length, long flags, CancellationToken cancellation)
    {
        try
        {
            return await Loop.SubmitAsync(number, _socket, memory.Address, length, flags, 0, 0, cancellation);
        }
        catch (OperationCanceledException)
        {
            return -Errno.Canceled;
        }
    }
}
