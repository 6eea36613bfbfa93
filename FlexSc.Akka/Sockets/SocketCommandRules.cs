using System.Net;
using Akka.Actor;

namespace FlexSc.Akka.IO;

/// <summary>What a command that makes a socket has to have. From any thread.</summary>
internal static class SocketCommandRules
{
    /// <exception cref="ArgumentException">There is none.</exception>
    public static void RequireHandler(IActorRef? handler, object command)
    {
        if (handler is null)
        {
            throw new ArgumentException($"the {command.GetType().Name} has no handler: name the actor that is told what comes");
        }
    }

    /// <exception cref="ArgumentException">There is none.</exception>
    public static void RequireAddress(EndPoint? address, object command)
    {
        if (address is null)
        {
            throw new ArgumentException($"the {command.GetType().Name} has no address: name an IPEndPoint or a UnixDomainSocketEndPoint");
        }
    }

    /// <exception cref="ArgumentException">There is none, or nothing can be bound to it.</exception>
    public static void RequireLocal(EndPoint? address, object command)
    {
        RequireAddress(address, command);
        if (address is DnsEndPoint name)
        {
            throw new ArgumentException($"{name.Host} is a name, which nothing is bound to: resolve it, and bind to one of its addresses");
        }
    }
}
