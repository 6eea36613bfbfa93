using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;

namespace FlexSc.Interop.Calls;

/// <summary>Options of sockets through the page; see <see cref="SocketCalls"/> for threads and errors.</summary>
public static class SocketOptionCalls
{
    /// <summary>Sets an option whose value is a 32-bit number, setsockopt(2); 1 and 0 for on and off.</summary>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    public static async ValueTask SetOptionAsync(this SyscallLoop loop, int socket, SocketOption option, int value)
    {
        byte[] bytes = new byte[sizeof(int)];
        MemoryMarshal.Write(bytes, value);
        await loop.SetOptionAsync(socket, option, bytes).ConfigureAwait(false);
    }

    /// <summary>Sets an option of any value, setsockopt(2); the bytes are copied.</summary>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public static async ValueTask SetOptionAsync(this SyscallLoop loop, int socket, SocketOption option, ReadOnlyMemory<byte> value)
    {
        ArgumentOutOfRangeException.ThrowIfZero(value.Length, nameof(value));
        using NativeBlock native = NativeBlock.Copy(value.Span);
        long result = await loop.SubmitAsync(SyscallNumber.SetSockOpt, socket, option.Level, option.Number, native.Address, native.ByteCount)
            .ConfigureAwait(false);
        RequireSuccess(result, "setsockopt", socket, option);
    }

    /// <summary>Reads an option whose value is a 32-bit number, getsockopt(2).</summary>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<int> GetOptionAsync(this SyscallLoop loop, int socket, SocketOption option)
    {
        byte[] bytes = new byte[sizeof(int)];
        await loop.GetOptionAsync(socket, option, bytes).ConfigureAwait(false);
        return MemoryMarshal.Read<int>(bytes);
    }

    /// <summary>Reads an option of any value, getsockopt(2).</summary>
    /// <returns>Bytes of the value that were written.</returns>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<int> GetOptionAsync(this SyscallLoop loop, int socket, SocketOption option, Memory<byte> value)
    {
        ArgumentOutOfRangeException.ThrowIfZero(value.Length, nameof(value));
        using NativeBlock native = NativeBlock.Allocate(value.Length);
        using NativeBlock length = NativeBlock.Allocate(sizeof(int));
        MemoryMarshal.Write(length.Span, value.Length);
        long result = await loop.SubmitAsync(SyscallNumber.GetSockOpt, socket, option.Level, option.Number, native.Address, length.Address)
            .ConfigureAwait(false);
        RequireSuccess(result, "getsockopt", socket, option);

        int written = Math.Min(MemoryMarshal.Read<int>(length.Span), value.Length);
        native.Span[..written].CopyTo(value.Span);
        return written;
    }

    private static void RequireSuccess(long result, string call, int socket, SocketOption option)
    {
        if (result < 0)
        {
            throw CallResult.Failure(result, call, $"{option.Name} on {CallResult.NameOf(socket)}");
        }
    }
}
