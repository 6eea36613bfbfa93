using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace FlexSc.Akka.IO;

/// <summary>How a peer's certificate is checked.</summary>
internal static class TlsChains
{
    /// <summary>Extended key usages, RFC 5280 4.2.1.12.</summary>
    public const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    public const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    /// <summary>
    /// Nothing is downloaded, neither missing certificates nor revocation lists: who is not authenticated yet would choose for how long
    /// a handshake thread waits.
    /// </summary>
    public static X509ChainPolicy PolicyOf(X509Certificate2Collection? roots, string usage)
    {
        X509ChainPolicy policy = new()
        {
            DisableCertificateDownloads = true,
            RevocationMode = X509RevocationMode.NoCheck,
            VerificationTimeIgnored = true,
        };
        policy.ApplicationPolicy.Add(new Oid(usage));
        if (roots is not null)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(roots);
        }

        return policy;
    }
}
