using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FlexSc.Akka.IO;
using FlexSc.Simulation.ActorEcho;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.ActorTls;

/// <summary>
/// Echo over TLS. Keys and so the bytes on the way differ from run to run, but not their number, on which all that happens depends: RSA's
/// signatures have one length, which ECDSA's have not, and no session is resumed, as tickets hold numbers in as few bytes as they need.
/// </summary>
internal sealed class ActorTlsProgram : IModelProgram
{
    private const string ServerName = "server.simulated";
    private const int KeyBits = 2_048;

    /// <summary>Longer than any separation, lest a server reset a connection meanwhile. Clients have limits of their own.</summary>
    private const int HandshakeTimeoutMs = 3_600_000;

    private static readonly Lazy<X509Certificate2> Certificate = new(MakeCertificate);

    public string Name => "actor-tls";

    public void Run(World world)
    {
        SslProtocols protocols = world.Random.Below(3) == 0 ? SslProtocols.Tls12 : SslProtocols.Tls13;
        TlsServer server = new(TlsCertificate.From(Certificate.Value))
        {
            AllowResumption = false,
            Protocols = protocols,
            HandshakeTimeoutMs = HandshakeTimeoutMs,
        };
        TlsClient client = new()
        {
            AllowResumption = false,
            Protocols = protocols,
            HandshakeTimeoutMs = HandshakeTimeoutMs,
            ServerName = ServerName,
            TrustedRoots = [Certificate.Value],
        };
        world.Options = ([server], [client]);
        new ActorEchoProgram().Run(world);
    }

    /// <summary>Valid always: the machine's clock makes no difference.</summary>
    private static X509Certificate2 MakeCertificate()
    {
        using RSA key = RSA.Create(KeyBits);
        CertificateRequest request = new($"CN={ServerName}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName(ServerName);
        request.CertificateExtensions.Add(names.Build());

        // The serial number would be drawn, and with it the length of the certificate.
        using X509Certificate2 made = request.Create(
            request.SubjectName, X509SignatureGenerator.CreateForRSA(key, RSASignaturePadding.Pkcs1),
            new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2049, 1, 1, 0, 0, 0, TimeSpan.Zero), [1]);
        return made.CopyWithPrivateKey(key);
    }
}
