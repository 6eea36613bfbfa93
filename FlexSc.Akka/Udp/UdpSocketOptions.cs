using System.Net.Sockets;
using Akka.IO;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;

namespace FlexSc.Akka.IO;

/// <summary>What the options of a command ask of FlexSC, beside those that have the kernel's socket changed.</summary>
internal sealed record UdpSocketOptions
{
    /// <summary>The handler is told <see cref="PooledReceived"/>.</summary>
    public bool IsPooled { get; init; }

    /// <summary>The handler is told what did not arrive.</summary>
    public bool ReportsErrors { get; init; }

    /// <summary>Bytes of the largest datagram that is received; null for the setting's.</summary>
    public int? MaxDatagramBytes { get; init; }

    /// <summary>The kernel puts datagrams together.</summary>
    public bool Coalesces { get; init; }

    /// <summary>Most descriptors that are taken with a message.</summary>
    public int MaxDescriptors { get; init; }

    /// <summary>Room for what comes along with a message.</summary>
    public int ControlBytes =>
        (Coalesces ? ControlMessages.SpaceOf(sizeof(int)) : 0) + (MaxDescriptors > 0 ? ControlMessages.SpaceOf(MaxDescriptors * sizeof(int)) : 0);

    public static UdpSocketOptions Of(IEnumerable<Inet.SocketOption> options) =>
        options.OfType<FlexOption>().Aggregate(new UdpSocketOptions(), static (all, option) => option.Apply(all));
}

/// <summary>An option that FlexSC reads itself.</summary>
internal sealed class FlexOption(Func<UdpSocketOptions, UdpSocketOptions> apply) : Inet.SocketOption
{
    public UdpSocketOptions Apply(UdpSocketOptions options) => apply(options);
}

/// <summary>An option of the kernel's, set on the socket before it is bound.</summary>
/// <param name="subject">What it sets, for the error.</param>
/// <param name="set">Sets it.</param>
internal sealed class BeforeBindOption(string subject, Action<Socket> set) : Inet.SocketOption
{
    public override void BeforeDatagramBind(Socket ds) => KernelOption.Set(subject, remedy: null, () => set(ds));
}

/// <summary>An option of the kernel's, set on the socket once it is bound.</summary>
internal sealed class AfterBindOption(Action<Socket> set) : Inet.SocketOptionV2
{
    public override void AfterBind(Socket s) => set(s);
}

/// <summary>Options by the runtime's calls, whose errors name neither call nor object.</summary>
internal static class KernelOption
{
    private const int MostErrorNumber = 4095;

    /// <exception cref="FlexSocketException">The kernel refuses.</exception>
    public static void Set(string subject, string? remedy, Action set)
    {
        try
        {
            set();
        }
        catch (SocketException exception)
        {
            // An errno that the runtime has no code for is not told; here that is a device, which is not there.
            int errorNumber = exception.NativeErrorCode is > 0 and <= MostErrorNumber ? exception.NativeErrorCode : Errno.NoDevice;
            throw new FlexSocketException(new LinuxException(errorNumber, "setsockopt", subject, remedy));
        }
    }
}
