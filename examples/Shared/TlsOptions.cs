using System.CommandLine;

namespace FlexSc.Examples.Shared;

/// <summary>The options of a server that speaks TLS.</summary>
internal sealed class TlsOptions
{
    private readonly Option<string?> _certificate = new("--tls-certificate")
    {
        Description = "Speak TLS: PEM file of the certificate, with its chain behind it. It is read again when it changes.",
    };

    private readonly Option<string?> _key = new("--tls-key") { Description = "PEM file of its private key." };

    private readonly Option<bool> _development = new("--tls-dev")
    {
        Description = "Speak TLS with a self-signed certificate made at start, whose SHA-256 is printed.",
    };

    public IEnumerable<Option> All => [_certificate, _key, _development];

    /// <exception cref="IOException">It cannot be read, or the key is another one's.</exception>
    public ServiceCertificate? CertificateOf(ParseResult result) =>
        result.GetValue(_development) ? ServiceCertificate.ForDevelopment()
        : result.GetValue(_certificate) is { } certificate ? ServiceCertificate.FromFiles(certificate, result.GetValue(_key)!)
        : null;

    public IEnumerable<string> ConflictsIn(ParseResult result, bool isStock)
    {
        bool certificate = result.IsGiven(_certificate);
        bool key = result.IsGiven(_key);
        if (certificate != key)
        {
            yield return $"{(certificate ? _key.Name : _certificate.Name)} is missing: a certificate and its key are given together.";
        }

        if (result.GetValue(_development) && (certificate || key))
        {
            yield return "--tls-dev has no meaning with --tls-certificate: leave one of them out.";
        }

        if ((result.GetValue(_development) || certificate) && isStock)
        {
            yield return "TLS has no meaning with --io akka-io, which has none: leave one of them out.";
        }
    }
}
