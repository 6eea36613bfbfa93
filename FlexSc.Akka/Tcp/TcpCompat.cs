using Akka.Configuration;

namespace FlexSc.Akka.IO;

/// <summary>
/// What is done as Akka.IO 1.5 does it, where its documentation or a correction of FlexSC's says otherwise: the list
/// <c>flexsc.tcp.compat</c>. See docs/decisions/0020-compat.md.
/// </summary>
[Flags]
internal enum TcpCompat
{
    None = 0,

    /// <summary>A write after one that failed is taken, whatever the registration says of ResumeWriting.</summary>
    WriteAfterFailure = 1,

    /// <summary>A listener in pull mode accepts without ResumeAccepting.</summary>
    AcceptUnasked = 2,

    /// <summary>The receive under way when reading is suspended is delivered once more.</summary>
    ReceiveAfterSuspend = 4,

    /// <summary>A connect that fails is told as a ConnectException, without its errno.</summary>
    ConnectException = 8,

    /// <summary>The addresses of a connect to an IPv4 address are told as ones of IPv6.</summary>
    MappedAddress = 16,

    /// <summary>A write that the queue has no room for fails with Akka.IO's text.</summary>
    QueueFullText = 32,

    /// <summary>A connection does not end with its handler where that is its commander, too.</summary>
    OutliveHandler = 64,
}

/// <summary>The names of <see cref="TcpCompat"/> in the configuration.</summary>
internal static class TcpCompatNames
{
    private const string All = "all";

    private static readonly Dictionary<string, TcpCompat> Values = new()
    {
        ["write-after-failure"] = TcpCompat.WriteAfterFailure,
        ["accept-unasked"] = TcpCompat.AcceptUnasked,
        ["receive-after-suspend"] = TcpCompat.ReceiveAfterSuspend,
        ["connect-exception"] = TcpCompat.ConnectException,
        ["mapped-address"] = TcpCompat.MappedAddress,
        ["queue-full-text"] = TcpCompat.QueueFullText,
        ["outlive-handler"] = TcpCompat.OutliveHandler,
    };

    /// <summary>Every name, in order.</summary>
    public static IReadOnlyCollection<string> Names => Values.Keys;

    /// <exception cref="ConfigurationException">A name is none of these; the text has them.</exception>
    public static TcpCompat Read(Config config, string section, string key)
    {
        TcpCompat compat = TcpCompat.None;
        foreach (string name in config.GetStringList(key))
        {
            compat |= name == All ? Values.Values.Aggregate(static (all, one) => all | one)
                : Values.TryGetValue(name, out TcpCompat value) ? value
                : throw new ConfigurationException($"{section}.{key} is a list of {string.Join(", ", Values.Keys)}, or {All}; '{name}' is none of them");
        }

        return compat;
    }
}
