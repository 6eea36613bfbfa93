using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Akka.IO;

namespace FlexSc.Akka.IO;

/// <summary>
/// The option that makes a <see cref="Tcp.Connect"/> a TLS client: <c>new Tcp.Connect(new DnsEndPoint("example.org", 443), options:
/// [new TlsClient()])</c>. A handshake that fails is answered with <see cref="Tcp.CommandFailed"/>, whose cause is a
/// <see cref="FlexTlsException"/>.
/// </summary>
public sealed class TlsClient : TlsOption
{
    /// <summary>The name that the server's certificate must carry, and that is sent as SNI; null: the host of the command's address.</summary>
    public string? ServerName { get; init; }

    /// <summary>Shown to a server that asks for one.</summary>
    public TlsCertificate? Certificate { get; init; }

    /// <summary>
    /// Decides on the server's certificate instead of the system's own check: certificate, chain, and what that check found, which is a
    /// wrong name, too. Runs on handshake threads, several at a time.
    /// </summary>
    public Func<X509Certificate2?, X509Chain?, SslPolicyErrors, bool>? ValidateServerCertificate { get; init; }

    /// <summary>Roots that the server's certificate must come from; null: those of the system.</summary>
    public X509Certificate2Collection? TrustedRoots { get; init; }

    internal static TlsClient? Of(IEnumerable<Inet.SocketOption> options) => options.OfType<TlsClient>().FirstOrDefault();

    /// <summary>Begins the handshake of a connection. On a handshake thread.</summary>
    internal Task AuthenticateAsync(SslStream stream, EndPoint server) => stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
    {
        TargetHost = ServerName ?? HostOf(server),
        ClientCertificateContext = Certificate?.Context,
        EnabledSslProtocols = Protocols,
        ApplicationProtocols = Alpn(),
        AllowRenegotiation = false,
        AllowTlsResume = AllowResumption,
        CertificateChainPolicy = TlsChains.PolicyOf(TrustedRoots, TlsChains.ServerAuthentication),
        RemoteCertificateValidationCallback = ValidateServerCertificate is null
            ? null
            : (_, certificate, chain, errors) => ValidateServerCertificate(certificate as X509Certificate2, chain, errors),
    });

    private static string HostOf(EndPoint server) => server switch
    {
        DnsEndPoint name => name.Host,
        IPEndPoint address => address.Address.ToString(),
        _ => "",
    };
}
