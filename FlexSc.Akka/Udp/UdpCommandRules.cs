using System.Net;
using System.Net.Sockets;
using Akka.IO;

namespace FlexSc.Akka.IO;

/// <summary>What a command that makes a socket of datagrams has to have. From any thread.</summary>
internal static class UdpCommandRules
{
    /// <exception cref="ArgumentException">The command lacks something, or asks for what such a socket does not have.</exception>
    public static void Require(object command)
    {
        switch (command)
        {
            case Udp.Bind bind:
                SocketCommandRules.RequireHandler(bind.Handler, command);
                SocketCommandRules.RequireLocal(bind.LocalAddress, command);
                RequireOptions(bind.LocalAddress, bind.Options);
                break;
            case UdpConnected.Connect connect:
                SocketCommandRules.RequireHandler(connect.Handler, command);
                SocketCommandRules.RequireAddress(connect.RemoteAddress, command);
                RequireOptions(connect.RemoteAddress, connect.Options);
                break;
            case Udp.SimpleSender sender:
                RequireOptions(address: null, sender.Options);
                break;
        }
    }

    private static void RequireOptions(EndPoint? address, IEnumerable<Inet.SocketOption> options)
    {
        UnixSocketOptions.RequirePath(address, options);
        foreach (Inet.SocketOption option in options)
        {
            if (option is IOptionWithoutHooks)
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
