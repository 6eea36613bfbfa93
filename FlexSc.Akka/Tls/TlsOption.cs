using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Akka.IO;

namespace FlexSc.Akka.IO;

/// <summary>
/// Has the connections of a <see cref="Tcp.Bind"/> or a <see cref="Tcp.Connect"/> speak TLS: one of its options. From then on the
/// messages are Akka.IO's. <see cref="Tcp.Connected"/> is told after the handshake, and the handler is told <see cref="TlsNegotiated"/>
/// when it registers, before the first <see cref="Tcp.Received"/>. An option may serve any number of commands; its properties are not
/// changed afterwards.
/// </summary>
/// <remarks>
/// FlexSC alone knows it. Akka.IO's own TCP, which would send plain text, is kept from doing so: the option's hooks refuse.
/// </remarks>
public abstract class TlsOption : Inet.SocketOption, IOptionWithoutHooks
{
    private const int MostProtocolBytes = 255; // RFC 7301 3.1
    private const SslProtocols DefaultProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;

    private protected TlsOption()
    {
    }

    /// <summary>Versions that are offered or taken: TLS 1.2 and 1.3. None leaves it to the system.</summary>
    public SslProtocols Protocols { get; init; } = DefaultProtocols;

    /// <summary>ALPN: protocols of the application, the most wanted first, such as <c>h2</c> and <c>http/1.1</c>. Empty: none is negotiated.</summary>
    /// <exception cref="ArgumentException">A name is empty or longer than 255 bytes of UTF-8.</exception>
    public IReadOnlyList<string> ApplicationProtocols
    {
        get;
        init => field = value.All(static name => Encoding.UTF8.GetByteCount(name) is > 0 and <= MostProtocolBytes) ? value
            : throw new ArgumentException($"a protocol of ALPN has a name of 1 to {MostProtocolBytes} bytes");
    } = [];

    /// <summary>Milliseconds a handshake may take, from 1; null: <c>flexsc.tls.handshake-timeout-ms</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is less than 1.</exception>
    public int? HandshakeTimeoutMs
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value ?? 1, 1, nameof(HandshakeTimeoutMs));
            field = value;
        }
    }

    /// <summary>Whether a later connection of the same two may go on with the keys of an earlier one, without a handshake of its own (session tickets).</summary>
    public bool AllowResumption { get; init; } = true;

    /// <inheritdoc/>
    public override void BeforeDatagramBind(Socket ds) => throw new NotSupportedException($"{GetType().Name} is an option of TCP: datagrams would go as plain text");

    /// <inheritdoc/>
    public override void BeforeServerSocketBind(Socket ss) => throw Refusal();

    /// <inheritdoc/>
    public override void BeforeConnect(Socket s) => throw Refusal();

    /// <summary>An option of the other side would leave a connection without TLS.</summary>
    /// <exception cref="ArgumentException">A Bind has a client's option, or a Connect a server's.</exception>
    internal static void RequireFitting(Tcp.Command command)
    {
        IEnumerable<Inet.SocketOption> options = command switch
        {
            Tcp.Bind bind => bind.Options,
            Tcp.Connect connect => connect.Options,
            _ => [],
        };
        if (options.OfType<TlsOption>().FirstOrDefault(option => option is TlsServer != command is Tcp.Bind) is { } other)
        {
            throw new ArgumentException(
                $"{other.GetType().Name} is no option of {command.GetType().Name}: a Bind takes a {nameof(TlsServer)}, a Connect a {nameof(TlsClient)}");
        }
    }

    /// <summary>ALPN as the runtime wants it.</summary>
    private protected List<SslApplicationProtocol>? Alpn() =>
        ApplicationProtocols.Count == 0 ? null : [.. ApplicationProtocols.Select(name => new SslApplicationProtocol(name))];

    private NotSupportedException Refusal() => new(
        $"{GetType().Name} is an option of FlexSC's TCP, and Akka.IO's own would send plain text: tell the command to system.FlexTcp(), or redirect system.Tcp() by akka.actor.default-mailbox");
}
