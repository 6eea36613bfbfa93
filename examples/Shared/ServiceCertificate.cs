using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FlexSc.Akka.IO;

namespace FlexSc.Examples.Shared;

/// <summary>The certificate of a service with TLS.</summary>
/// <param name="Certificate">What clients are shown.</param>
/// <param name="Description">Where it is from, for the operator.</param>
/// <param name="CertificatePath">Its file; null for one made at start.</param>
/// <param name="KeyPath">Its key's file; null for one made at start.</param>
internal sealed record ServiceCertificate(TlsCertificate Certificate, string Description, string? CertificatePath = null, string? KeyPath = null)
{
    /// <summary>Days that a self-signed certificate is valid: it is made at every start.</summary>
    private const int DevelopmentDays = 7;

    /// <summary>One that somebody has issued.</summary>
    /// <exception cref="IOException">It cannot be read, or the key is another one's.</exception>
    public static ServiceCertificate FromFiles(string certificatePath, string keyPath)
    {
        try
        {
            TlsCertificate certificate = TlsCertificate.FromPemFiles(certificatePath, keyPath);
            string description = $"TLS: {certificate.Certificate.Subject} from {certificatePath}, valid until {certificate.Certificate.NotAfter:yyyy-MM-dd}";
            return new ServiceCertificate(certificate, description, certificatePath, keyPath);
        }
        catch (FlexTlsException exception)
        {
            throw new IOException(exception.Message, exception);
        }
    }

    /// <summary>One made now for this machine, which clients have to be told to trust by its SHA-256.</summary>
    public static ServiceCertificate ForDevelopment()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=localhost", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
        X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(DevelopmentDays));
        return new ServiceCertificate(
            TlsCertificate.From(certificate),
            $"TLS: self-signed for localhost (--tls-dev), SHA-256 {certificate.GetCertHashString(HashAlgorithmName.SHA256)}");
    }

    /// <summary>The listener's option.</summary>
    /// <param name="applicationProtocols">What is spoken over it, where that has a name for ALPN.</param>
    public TlsServer ToOption(params string[] applicationProtocols) => new(Certificate) { ApplicationProtocols = applicationProtocols };
}
