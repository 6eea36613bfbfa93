using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace FlexSc.Akka.IO;

/// <summary>A certificate and its key as two PEM files (RFC 7468), and words for what is wrong with them. From any thread.</summary>
internal static class TlsPemFiles
{
    private const string CertificateLabel = "CERTIFICATE";
    private const string EncryptedKeyLabel = "ENCRYPTED PRIVATE KEY"; // PKCS #8, RFC 5958
    private const string OldEncryption = "Proc-Type: 4,ENCRYPTED"; // RFC 1421 4.6.1.1, as OpenSSL's older programs write it

    /// <summary>The kinds of private keys that certificates have.</summary>
    private static readonly string[] KeyLabels = ["PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY"];

    /// <summary>Reads both.</summary>
    /// <returns>The first certificate with its key, and those behind it.</returns>
    /// <exception cref="FlexTlsException">They cannot be used; the text names the files and what to do.</exception>
    public static (X509Certificate2 Certificate, X509Certificate2Collection Chain) Read(string certificatePath, string keyPath)
    {
        try
        {
            string certificates = TextOf(certificatePath);
            string key = TextOf(keyPath);
            RequireLabels(certificatePath, certificates, keyPath, key);
            X509Certificate2Collection chain = ChainOf(certificatePath, certificates);
            X509Certificate2 certificate = WithKey(certificates, keyPath, key);
            chain.RemoveAt(0);
            return (certificate, chain);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new FlexTlsException($"no certificate from {certificatePath} with the key {keyPath}: {exception.Message}", exception);
        }
    }

    private static string TextOf(string path) => Directory.Exists(path)
        ? throw new IOException($"{path} is a directory: name a file in it")
        : File.ReadAllText(path);

    /// <exception cref="CryptographicException">A file has not what it should have.</exception>
    private static void RequireLabels(string certificatePath, string certificates, string keyPath, string key)
    {
        if (!LabelsOf(certificates).Contains(CertificateLabel))
        {
            throw new CryptographicException(
                $"{certificatePath} {Found(certificates)} no -----BEGIN {CertificateLabel}-----: openssl x509 -in FILE turns other formats into PEM");
        }

        if (LabelsOf(key).Contains(EncryptedKeyLabel) || key.Contains(OldEncryption, StringComparison.Ordinal))
        {
            throw new CryptographicException(
                $"the key of {keyPath} is protected by a password, which a server that starts by itself cannot be asked for: openssl pkey -in FILE -out PLAIN takes it off, "
                + $"or read it with X509Certificate2.CreateFromEncryptedPemFile and use {nameof(TlsCertificate)}.{nameof(TlsCertificate.From)}");
        }

        if (!LabelsOf(key).Intersect(KeyLabels).Any())
        {
            throw new CryptographicException($"{keyPath} {Found(key)} no -----BEGIN PRIVATE KEY-----: openssl pkey -in FILE turns other formats into PEM");
        }
    }

    private static string Found(string text) => LabelsOf(text) switch
    {
        [] when string.IsNullOrWhiteSpace(text) => "is empty and has",
        [] => "is no PEM file and has",
        List<string> labels => $"holds {string.Join(", ", labels.Distinct())} and",
    };

    private static X509Certificate2Collection ChainOf(string path, string certificates)
    {
        X509Certificate2Collection chain = [];
        try
        {
            chain.ImportFromPem(certificates);
            return chain;
        }
        catch (CryptographicException exception)
        {
            throw new CryptographicException($"a certificate of {path} is damaged: openssl x509 -in FILE -noout -text reads the first ({exception.Message})", exception);
        }
    }

    private static X509Certificate2 WithKey(string certificates, string keyPath, string key)
    {
        try
        {
            return X509Certificate2.CreateFromPem(certificates, key);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw new CryptographicException(
                IsKey(key)
                    ? $"the key of {keyPath} is another certificate's: openssl pkey -in KEY -pubout and openssl x509 -in CERTIFICATE -noout -pubkey print the same when they fit"
                    : $"the key of {keyPath} is damaged or of a kind that is not known: openssl pkey -in FILE -noout -text reads it ({exception.Message})",
                exception);
        }
    }

    /// <summary>Whether a text has a key of a kind that certificates have, whichever certificate it is of.</summary>
    private static bool IsKey(string pem)
    {
        using RSA rsa = RSA.Create();
        using ECDsa ecdsa = ECDsa.Create();
        return IsKeyOf(rsa, pem) || IsKeyOf(ecdsa, pem);
    }

    private static bool IsKeyOf(AsymmetricAlgorithm algorithm, string pem)
    {
        try
        {
            algorithm.ImportFromPem(pem);
            return true;
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            return false;
        }
    }

    private static List<string> LabelsOf(string text)
    {
        List<string> labels = [];
        ReadOnlySpan<char> rest = text;
        while (PemEncoding.TryFind(rest, out PemFields fields))
        {
            labels.Add(rest[fields.Label].ToString());
            rest = rest[fields.Location.End..];
        }

        return labels;
    }
}
