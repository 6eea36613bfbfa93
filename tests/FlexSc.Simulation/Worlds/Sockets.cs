using FlexSc.Interop.Backends.Simulated;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;

namespace FlexSc.Simulation.Worlds;

/// <summary>Calls that the model programs share. What a hostile world refuses for want of something is asked for again later.</summary>
internal static class Sockets
{
    public const int Family = 2; // AF_INET
    public const int TypeStream = 1;
    public const int WaitAll = 0x100;
    private const int RetryMs = 1;

    public static SimulatedAddress AddressOf(int port) => SimulatedAddress.Loopback(Family, port);

    /// <summary>True for what passes when others give something back.</summary>
    public static bool IsShortage(long result) =>
        result is -Errno.TooManyFiles or -Errno.NoMemory or -Errno.NoBuffers or -RareErrno.NoSpace;

    public static async Task<int> OpenAsync(SyscallLoop loop)
    {
        while (true)
        {
            long result = await loop.SubmitAsync(SyscallNumber.Socket, Family, TypeStream);
            if (result >= 0)
            {
                return (int)result;
            }

            Require(IsShortage(result), "socket", result);
            await LoopDelay.Of(loop, RetryMs);
        }
    }

    public static async Task<int> ListenAsync(SyscallLoop loop, int port, int backlog)
    {
        int socket = await OpenAsync(loop);
        NativeBytes address = Serialize(port);
        Expect(0, await loop.SubmitAsync(SyscallNumber.Bind, socket, address.Address, address.Length), "bind");
        Expect(0, await loop.SubmitAsync(SyscallNumber.Listen, socket, backlog), "listen");
        return socket;
    }

    /// <summary>Connects, again and again while nobody listens.</summary>
    /// <returns>The socket, and how often it was refused.</returns>
    public static async Task<(int Socket, int Refusals)> ConnectAsync(SyscallLoop loop, int port)
    {
        NativeBytes address = Serialize(port);
        int socket = await OpenAsync(loop);
        for (int refusals = 0; ; refusals++)
        {
            long result = await loop.SubmitAsync(SyscallNumber.Connect, socket, address.Address, address.Length);
            if (result == 0)
            {
                return (socket, refusals);
            }

            Require(result == -RareErrno.ConnectionRefused, "connect", result);
            await LoopDelay.Of(loop, RetryMs);
        }
    }

    public static async Task CloseAsync(SyscallLoop loop, int descriptor)
    {
        long result = await loop.SubmitAsync(SyscallNumber.Close, descriptor);
        Require(result is 0 or -Errno.Interrupted, "close", result);
    }

    /// <summary>Has the next close reset the connection.</summary>
    public static async Task ResetOnCloseAsync(SyscallLoop loop, int socket)
    {
        const int socketLevel = 1;
        const int optionLinger = 13;
        NativeBytes linger = new(2 * sizeof(int));
        linger.Span[0] = 1;
        Expect(0, await loop.SubmitAsync(SyscallNumber.SetSockOpt, socket, socketLevel, optionLinger, linger.Address, linger.Length), "setsockopt");
    }

    public static NativeBytes Serialize(int port)
    {
        byte[] bytes = AddressOf(port).Serialize(Family);
        NativeBytes native = new(bytes.Length);
        bytes.CopyTo(native.Span);
        return native;
    }

    public static void Expect(long expected, long result, string call) => Require(result == expected, call, result);

    public static void Require(bool isRight, string call, long result)
    {
        if (!isRight)
        {
            throw new SimulationFailure($"{call} answered {result}");
        }
    }
}
