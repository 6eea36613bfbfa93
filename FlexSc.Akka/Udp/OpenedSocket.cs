using System.Net;
using System.Net.Sockets;
using Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;

namespace FlexSc.Akka.IO;

/// <summary>A socket of datagrams as a command asked for it. Opened on a loop's thread, with a connection reserved there.</summary>
/// <param name="Descriptor">The descriptor.</param>
/// <param name="Family">Its family.</param>
/// <param name="IsDualMode">It is of IPv6 and takes IPv4, too.</param>
/// <param name="Options">What the command's options ask of FlexSC.</param>
internal sealed record OpenedSocket(int Descriptor, AddressFamily Family, bool IsDualMode, UdpSocketOptions Options)
{
    private const int LevelIp = 0; // IPPROTO_IP
    private const int LevelIp6 = 41; // IPPROTO_IPV6
    private static readonly SocketOption ErrorsOfIp = new(LevelIp, 11, "IP_RECVERR");
    private static readonly SocketOption ErrorsOfIp6 = new(LevelIp6, 25, "IPV6_RECVERR");

    /// <summary>The address it is bound to; null for none.</summary>
    public EndPoint? Local { get; private init; }

    /// <summary>The peer of a connected socket.</summary>
    public EndPoint? Remote { get; private init; }

    /// <summary>The path it has, to be removed with it.</summary>
    public UnixSocketPath? Path { get; private init; }

    /// <exception cref="LinuxException">A call failed.</exception>
    /// <exception cref="SocketException">An option failed.</exception>
    public static Task<OpenedSocket> BindAsync(SyscallLoop loop, EndPoint local, IReadOnlyList<Inet.SocketOption> options) =>
        OpenAsync(loop, local.AddressFamily, dualMode: false, options, socket => socket.WithAddressAsync(loop, local, options));

    /// <inheritdoc cref="BindAsync(SyscallLoop, EndPoint, IReadOnlyList{Inet.SocketOption})"/>
    public static Task<OpenedSocket> ConnectAsync(SyscallLoop loop, EndPoint remote, EndPoint? local, IReadOnlyList<Inet.SocketOption> options) =>
        OpenAsync(loop, remote.AddressFamily, dualMode: false, options, async socket =>
        {
            if (local is not null)
            {
                socket = await socket.WithAddressAsync(loop, local, options).ConfigureAwait(false);
            }

            try
            {
                await loop.ConnectAsync(socket.Descriptor, remote).ConfigureAwait(false);
                if (remote is IPEndPoint)
                {
                    socket = socket with { Local = await loop.GetSockNameAsync(socket.Descriptor).ConfigureAwait(false) };
                }

                SocketOptionHooks.Apply(
                    socket.Descriptor, options, nameof(Inet.SocketOption.AfterConnect), static (option, wrapped) => option.AfterConnect(wrapped));
            }
            catch
            {
                socket.Path?.RemoveNow();
                throw;
            }

            return socket with { Remote = remote };
        });

    /// <summary>A socket that sends to addresses of both families of IP, where the host has IPv6.</summary>
    /// <exception cref="LinuxException">A call failed.</exception>
    public static async Task<OpenedSocket> SenderAsync(SyscallLoop loop, IReadOnlyList<Inet.SocketOption> options)
    {
        try
        {
            return await OpenAsync(loop, AddressFamily.InterNetworkV6, dualMode: true, options, Task.FromResult).ConfigureAwait(false);
        }
        catch (LinuxException exception) when (exception.SocketErrorCode == SocketError.AddressFamilyNotSupported)
        {
            return await OpenAsync(loop, AddressFamily.InterNetwork, dualMode: false, options, Task.FromResult).ConfigureAwait(false);
        }
    }

    private static async Task<OpenedSocket> OpenAsync(
        SyscallLoop loop, AddressFamily family, bool dualMode, IReadOnlyList<Inet.SocketOption> options, Func<OpenedSocket, Task<OpenedSocket>> goOn)
    {
        UdpSocketOptions own = UdpSocketOptions.Of(options);
        Inet.DatagramChannelCreator? creator = options.OfType<Inet.DatagramChannelCreator>().FirstOrDefault();
        int descriptor = creator is null || creator.GetType() == typeof(Inet.DatagramChannelCreator)
            ? await loop.SocketAsync(family, SocketType.Dgram, nonBlocking: true).ConfigureAwait(false)
            : TakeOver(creator.Create(family));
        try
        {
            if (family == AddressFamily.InterNetworkV6)
            {
                // As .NET's sockets of this family, which Akka.IO uses.
                await loop.SetOptionAsync(descriptor, SocketOption.IPv6Only, dualMode ? 0 : 1).ConfigureAwait(false);
            }

            if (own.ReportsErrors && family != AddressFamily.Unix)
            {
                await loop.SetOptionAsync(descriptor, family == AddressFamily.InterNetwork ? ErrorsOfIp : ErrorsOfIp6, 1).ConfigureAwait(false);
            }

            SocketOptionHooks.Apply(
                descriptor, options, nameof(Inet.SocketOption.BeforeDatagramBind), static (option, wrapped) => option.BeforeDatagramBind(wrapped));
            return await goOn(new OpenedSocket(descriptor, family, dualMode, own)).ConfigureAwait(false);
        }
        catch
        {
            loop.CloseNow(descriptor);
            throw;
        }
    }

    private async Task<OpenedSocket> WithAddressAsync(SyscallLoop loop, EndPoint local, IReadOnlyList<Inet.SocketOption> options)
    {
        UnixSocketPath? path = await UnixSocketPath.BindAsync(loop, Descriptor, SocketType.Dgram, local, UnixSocketOptions.ModeOf(options)).ConfigureAwait(false);
        try
        {
            EndPoint bound = await loop.GetSockNameAsync(Descriptor).ConfigureAwait(false);
            Inet.SocketOptionV2[] afterBind = [.. options.OfType<Inet.SocketOptionV2>()];
            if (afterBind.Length > 0)
            {
                using Socket wrapped = new(new SafeSocketHandle(Descriptor, ownsHandle: false));
                Array.ForEach(afterBind, option => option.AfterBind(wrapped));
            }

            return this with { Local = bound, Path = path };
        }
        catch
        {
            path?.RemoveNow();
            throw;
        }
    }

    /// <summary>The descriptor of a socket that an application's option made; the object lets go of it.</summary>
    private static int TakeOver(Socket socket)
    {
        socket.Blocking = false;
        int descriptor = (int)socket.Handle;
        socket.SafeHandle.SetHandleAsInvalid();
        return descriptor;
    }
}
