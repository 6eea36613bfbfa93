using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace FlexSc.Akka.Tests.Tls;

/// <summary>A root of the tests' own, and what it has signed.</summary>
internal sealed class TestCertificates : IDisposable
{
    public const string HostName = "flexsc.test";

    private static readonly DateTimeOffset LongAgo = DateTimeOffset.UtcNow.AddDays(-30);
    private readonly X509Certificate2 _intermediate;

    public TestCertificates()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=FlexSC test root", key, HashAlgorithmName.SHA256);
        AddAuthority(request);
        Root = request.CreateSelfSigned(LongAgo, DateTimeOffset.UtcNow.AddDays(30));
        _intermediate = Sign(Root, "FlexSC test intermediate", AddAuthority, DateTimeOffset.UtcNow.AddDays(20));
        Server = Leaf(HostName);
    }

    public X509Certificate2 Root { get; }

    public X509Certificate2Collection Roots => [Root];

    public X509Certificate2Collection Chain => [_intermediate];

    /// <summary>For <see cref="HostName"/>, 127.0.0.1 and localhost.</summary>
    public X509Certificate2 Server { get; }

    public X509Certificate2 Leaf(string host, DateTimeOffset? notAfter = null) => Sign(
        _intermediate,
        host,
        request =>
        {
            SubjectAlternativeNameBuilder names = new();
            names.AddDnsName(host);
            if (host == HostName)
            {
                names.AddDnsName("localhost");
                names.AddIpAddress(IPAddress.Loopback);
            }

            request.CertificateExtensions.Add(names.Build());
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        },
        notAfter ?? DateTimeOffset.UtcNow.AddDays(10));

    public static TemporaryPem WritePem(X509Certificate2 certificate, X509Certificate2Collection chain) => new(certificate, chain);

    public void Dispose()
    {
        Root.Dispose();
        _intermediate.Dispose();
        Server.Dispose();
    }

    private static void AddAuthority(CertificateRequest request)
    {
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
    }

    private static X509Certificate2 Sign(X509Certificate2 issuer, string name, Action<CertificateRequest> extend, DateTimeOffset notAfter)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        extend(request);
        using X509Certificate2 signed = request.Create(issuer, LongAgo.AddDays(1), notAfter, RandomNumberGenerator.GetBytes(8));
        return signed.CopyWithPrivateKey(key);
    }
}

/// <summary>A certificate with its chain and its key, as files.</summary>
internal sealed class TemporaryPem : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("flexsc-tls-");

    public TemporaryPem(X509Certificate2 certificate, X509Certificate2Collection chain)
    {
        CertificatePath = Path.Combine(_folder.FullName, "certificate.pem");
        KeyPath = Path.Combine(_folder.FullName, "key.pem");
        Write(certificate, chain);
    }

    public string CertificatePath { get; }

    public string KeyPath { get; }

    public void Write(X509Certificate2 certificate, X509Certificate2Collection chain)
    {
        using ECDsa key = certificate.GetECDsaPrivateKey()!;
        Replace(KeyPath, key.ExportPkcs8PrivateKeyPem());
        Replace(CertificatePath, string.Join('\n', chain.Prepend(certificate).Select(each => each.ExportCertificatePem())));
    }

    /// <summary>Puts other contents in the place of the certificate.</summary>
    public void WriteCertificate(string contents) => Replace(CertificatePath, contents);

    /// <summary>In one step: who looks at a file that is written in its place may find it empty first, and then changed once more.</summary>
    private static void Replace(string path, string contents)
    {
        string next = path + ".next";
        File.WriteAllText(next, contents);

        // A file system whose clock is coarse would tell the same time for two writes.
        File.SetLastWriteTimeUtc(next, DateTime.UtcNow.AddSeconds(Random.Shared.Next(1, 10_000)));
        File.Move(next, path, overwrite: true);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
