using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Akka.IO;

namespace FlexSc.Akka.IO;

/// <summary>
/// The option that makes a <see cref="Tcp.Bind"/> a TLS server:
/// <c>new Tcp.Bind(Self, endPoint, options: [new TlsServer(TlsCertificate.FromPemFiles("cert.pem", "key.pem"))])</c>. A connection whose
/// handshake fails is never told to the bind handler: see <see cref="TlsHandshakeFailed"/>.
/// </summary>
/// <param name="certificate">Shown to clients, unless <see cref="SelectCertificate"/> names another one.</param>
public sealed class TlsServer(TlsCertificate certificate) : TlsOption
{
    private SslServerAuthenticationOptions? _options;

    /// <summary>Shown to clients, unless <see cref="SelectCertificate"/> names another one.</summary>
    public TlsCertificate Certificate { get; } = certificate ?? throw new ArgumentNullException(nameof(certificate));

    /// <summary>
    /// Names the certificate for the name that a client asks for (SNI; null when it asks for none), or null for
    /// <see cref="Certificate"/>. What it throws refuses the client. It runs on handshake threads, several at a time, and does not wait.
    /// </summary>
    public Func<string?, TlsCertificate?>? SelectCertificate { get; init; }

    /// <summary>Whether clients are asked for a certificate: not by default.</summary>
    public TlsClientCertificates ClientCertificates { get; init; }

    /// <summary>
    /// Decides on a client's certificate instead of the system's own check: certificate (null: the client has none), chain, and what
    /// that check found. Runs on handshake threads, several at a time.
    /// </summary>
    public Func<X509Certificate2?, X509Chain?, SslPolicyErrors, bool>? ValidateClientCertificate { get; init; }

    /// <summary>Roots that clients' certificates must come from; null: those of the system.</summary>
    public X509Certificate2Collection? TrustedRoots { get; init; }

    internal static TlsServer? Of(IEnumerable<Inet.SocketOption> options) => options.OfType<TlsServer>().FirstOrDefault();

    /// <summary>Begins the handshake of a connection. On a handshake thread.</summary>
    internal Task AuthenticateAsync(SslStream stream)
    {
        if (SelectCertificate is null)
        {
            return stream.AuthenticateAsServerAsync(OptionsFor(Certificate));
        }

        return stream.AuthenticateAsServerAsync(
            static (_, hello, state, _) =>
            {
                TlsServer server = (TlsServer)state!;
                string? name = string.IsNullOrEmpty(hello.ServerName) ? null : hello.ServerName;
                return ValueTask.FromResult(server.OptionsFor(server.SelectCertificate!(name) ?? server.Certificate));
            },
            this);
    }

    /// <summary>They are kept for as long as the certificate is the same: sessions are resumed by what hangs on its context.</summary>
    private SslServerAuthenticationOptions OptionsFor(TlsCertificate certificate)
    {
        SslStreamCertificateContext context = certificate.Context;
        SslServerAuthenticationOptions? options = Volatile.Read(ref _options);
        if (options?.ServerCertificateContext != context)
        {
            options = MakeOptions(context);
            Volatile.Write(ref _options, options);
        }

        return options;
    }

    private SslServerAuthenticationOptions MakeOptions(SslStreamCertificateContext context) => new()
    {
        ServerCertificateContext = context,
        EnabledSslProtocols = Protocols,
        ApplicationProtocols = Alpn(),
        AllowRenegotiation = false,
        AllowTlsResume = AllowResumption,
        ClientCertificateRequired = ClientCertificates != TlsClientCertificates.None,
        CertificateChainPolicy = TlsChains.PolicyOf(TrustedRoots, TlsChains.ClientAuthentication),
        RemoteCertificateValidationCallback = ValidateClientCertificate is not null ? Validate
            : ClientCertificates == TlsClientCertificates.Optional ? ValidateIfShown
            : null,
    };

    private bool Validate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        ValidateClientCertificate!(certificate as X509Certificate2, chain, errors);

    /// <summary>A client may have none; one that has a bad one is refused, with the cause, which the runtime does not tell after a callback.</summary>
    private static bool ValidateIfShown(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        errors is SslPolicyErrors.None or SslPolicyErrors.RemoteCertificateNotAvailable ? true : throw new AuthenticationException(
            $"the certificate {certificate?.Subject} is not valid: {errors}, {string.Join(", ", chain?.ChainStatus.Select(status => status.Status) ?? [])}");
}

/// <summary>Whether a server asks its clients for certificates.</summary>
public enum TlsClientCertificates
{
    /// <summary>It does not ask.</summary>
    None,

    /// <summary>It asks; a client without one is served.</summary>
    Optional,

    /// <summary>A client without one is refused.</summary>
    Required,
}
