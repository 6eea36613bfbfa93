using System.Net.Sockets;
using Akka.IO;

namespace FlexSc.Akka.IO;

/// <summary>Options of <see cref="Tcp.Bind"/> that say how it listens. FlexSC acts on them; to Akka.IO's own TCP they say nothing.</summary>
public static class ListenOptions
{
    /// <summary>
    /// Whether each loop has a listening socket of its own for the address (SO_REUSEPORT of socket(7)), in place of
    /// <c>flexsc.tcp.listen-per-loop</c>. The kernel spreads connections over them by their addresses, and each stays on the loop that
    /// accepted it, without a hand-over; load is not looked at. There is one Bound, and Unbind closes all. Not for Unix sockets, and not where
    /// each connection is asked for (pull mode without <c>accept-unasked</c> of <c>flexsc.tcp.compat</c>): that fails the Bind.
    /// </summary>
    /// <remarks>Any process of the same user may bind to the address as well and take a part of the connections.</remarks>
    public static Inet.SocketOption PerLoop(bool isOn = true) => new PerLoopOption(isOn);

    /// <summary>What options ask for; null where they say nothing.</summary>
    internal static bool? IsPerLoop(IEnumerable<Inet.SocketOption> options) => options.OfType<PerLoopOption>().LastOrDefault()?.IsOn;

    /// <exception cref="ArgumentException">A Bind asks for what it cannot have.</exception>
    internal static void RequireFitting(Tcp.Command command, bool isThrottled)
    {
        if (command is Tcp.Bind bind && IsPerLoop(bind.Options) == true && (isThrottled || bind.LocalAddress.AddressFamily == AddressFamily.Unix))
        {
            throw new ArgumentException(
                $"{nameof(ListenOptions)}.{nameof(PerLoop)} is no option of {bind}: it is for TCP where connections are accepted unasked");
        }
    }

    private sealed class PerLoopOption(bool isOn) : Inet.SocketOption
    {
        public bool IsOn => isOn;
    }
}
