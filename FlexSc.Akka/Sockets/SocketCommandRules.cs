using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;

namespace FlexSc.Akka.IO;

/// <summary>What a command that makes a socket has to have. From any thread.</summary>
internal static class SocketCommandRules
{
    /// <exception cref="ArgumentException">The command lacks something, or asks for what such a socket does not have.</exception>
    public static void Require(object command)
    {
        switch (command)
        {
            case Tcp.Bind bind:
                RequireHandler(bind.Handler, command);
                RequireLocal(bind.LocalAddress, command);
                break;
            case Tcp.Connect connect:
                RequireAddress(connect.RemoteAddress, command);
                break;
            case Udp.Bind bind:
                RequireHandler(bind.Handler, command);
                RequireLocal(bind.LocalAddress, command);
                RequireOptionsOfDatagrams(bind.LocalAddress, bind.Options);
                break;
            case UdpConnected.Connect connect:
                RequireHandler(connect.Handler, command);
                RequireAddress(connect.RemoteAddress, command);
                RequireOptionsOfDatagrams(connect.RemoteAddress, connect.Options);
                break;
            case Udp.SimpleSender sender:
                RequireOptionsOfDatagrams(address: null, sender.Options);
                break;
        }
    }

    private static void RequireHandler(IActorRef? handler, object command)
    {
        if (handler is null)
        {
            throw new ArgumentException($"the {command.GetType().Name} has no handler: name the actor that is told what comes");
        }
    }

    private static void RequireAddress(EndPoint? address, object command)
    {
        if (address is null)
        {
            throw new ArgumentException($"the {command.GetType().Name} has no address: name an IPEndPoint or a UnixDomainSocketEndPoint");
        }
    }

    private static void RequireLocal(EndPoint? address, object command)
    {
        RequireAddress(address, command);
        if (address is DnsEndPoint name)
        {
            throw new ArgumentException($"{name.Host} is a name, which nothing is bound to: resolve it, and bind to one of its addresses");
        }
    }

    private static void RequireOptionsOfDatagrams(EndPoint? address, IEnumerable<Inet.SocketOption> options)
    {
        foreach (Inet.SocketOption option in options)
        {
            if (option is TlsOption)
            {
                throw new ArgumentException($"{option.GetType().Name} is an option of TCP: datagrams would go as plain text");
            }

            if (option is FlexOption own && own.Apply(new UdpSocketOptions()).MaxDescriptors > 0 && address?.AddressFamily != AddressFamily.Unix)
            {
                throw new ArgumentException(
                    $"{nameof(DatagramOptions.ReceiveDescriptors)} is an option of Unix sockets; {address?.ToString() ?? "a simple sender"} is none");
            }
        }
    }
}
