using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace FlexSc.Akka.IO;

/// <summary>
/// A certificate with its key and the certificates between it and a root. It can be replaced while it is in use: handshakes that begin
/// later show the new one, and connections live on. From any thread.
/// </summary>
public sealed class TlsCertificate
{
    private readonly Lock _gate = new();
    private readonly string? _certificatePath;
    private readonly string? _keyPath;
    private FilesState _files;
    private SslStreamCertificateContext _context;

    private TlsCertificate(string certificatePath, string keyPath)
    {
        _certificatePath = certificatePath;
        _keyPath = keyPath;
        _files = StateOfFiles();
        _context = Load();
    }

    private TlsCertificate(SslStreamCertificateContext context) => _context = context;

    /// <summary>The certificate that is shown now.</summary>
    public X509Certificate2 Certificate => Context.TargetCertificate;

    internal SslStreamCertificateContext Context => Volatile.Read(ref _context);

    /// <summary>Whether it was read from files.</summary>
    internal bool HasFiles => _certificatePath is not null;

    /// <summary>Reads a certificate, what follows it in its file as its chain, and its key, both as PEM.</summary>
    /// <param name="certificatePath">The certificate, and behind it those between it and a root.</param>
    /// <param name="keyPath">Its private key, not encrypted; may be the same file.</param>
    /// <exception cref="FlexTlsException">
    /// A file cannot be read, is no PEM, or the key is protected by a password or another one's; the text names the files and what to do.
    /// </exception>
    public static TlsCertificate FromPemFiles(string certificatePath, string keyPath)
    {
        ArgumentException.ThrowIfNullOrEmpty(certificatePath);
        ArgumentException.ThrowIfNullOrEmpty(keyPath);
        return new TlsCertificate(certificatePath, keyPath);
    }

    /// <summary>Takes a certificate that is in memory.</summary>
    /// <param name="certificate">With its private key.</param>
    /// <param name="chain">The certificates between it and a root; may be null.</param>
    /// <exception cref="FlexTlsException">It has no private key.</exception>
    public static TlsCertificate From(X509Certificate2 certificate, X509Certificate2Collection? chain = null) => new(ContextOf(certificate, chain));

    /// <summary>Shows another certificate from now on. One that was read from files is replaced until these are read again.</summary>
    /// <exception cref="FlexTlsException">It has no private key.</exception>
    public void Replace(X509Certificate2 certificate, X509Certificate2Collection? chain = null)
    {
        SslStreamCertificateContext context = ContextOf(certificate, chain);
        lock (_gate)
        {
            Volatile.Write(ref _context, context);
        }
    }

    /// <summary>Reads the files again.</summary>
    /// <exception cref="FlexTlsException">It cannot be read; the one that was shown stays.</exception>
    /// <exception cref="InvalidOperationException">It was not read from files.</exception>
    public void Reload()
    {
        if (!HasFiles)
        {
            throw new InvalidOperationException("the certificate was not read from files: call Replace");
        }

        lock (_gate)
        {
            // Before they are read: what changes meanwhile is seen the next time.
            _files = StateOfFiles();
            Volatile.Write(ref _context, Load());
        }
    }

    /// <summary>Reads the files again if they have changed since; <c>flexsc.tls.certificate-poll-ms</c> has a listener do so.</summary>
    /// <returns>Whether they were read.</returns>
    /// <exception cref="FlexTlsException">It cannot be read; the one that was shown stays, and the next change is tried again.</exception>
    public bool ReloadIfChanged()
    {
        if (!HasFiles)
        {
            return false;
        }

        lock (_gate)
        {
            if (StateOfFiles() == _files)
            {
                return false;
            }

            Reload();
            return true;
        }
    }

    /// <summary>Why a certificate is not valid at a time, which is a local one as the certificate's own; null when it is.</summary>
    internal static string? Untimeliness(X509Certificate2 certificate, DateTime now) =>
        now > certificate.NotAfter ? $"is not valid after {certificate.NotAfter.ToUniversalTime():u}"
        : now < certificate.NotBefore ? $"is not valid before {certificate.NotBefore.ToUniversalTime():u}"
        : null;

    private static SslStreamCertificateContext ContextOf(X509Certificate2 certificate, X509Certificate2Collection? chain)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        if (!certificate.HasPrivateKey)
        {
            throw new FlexTlsException($"the certificate {certificate.Subject} has no private key: load it together with its key");
        }

        // Offline: the chain is what is given, nothing is fetched.
        return SslStreamCertificateContext.Create(certificate, chain, offline: true);
    }

    private SslStreamCertificateContext Load()
    {
        (X509Certificate2 certificate, X509Certificate2Collection chain) = TlsPemFiles.Read(_certificatePath!, _keyPath!);
        return ContextOf(certificate, chain);
    }

    private FilesState StateOfFiles() => new(new FileState(_certificatePath!), new FileState(_keyPath!));

    private readonly record struct FilesState(FileState Certificate, FileState Key);

    /// <summary>What tells a file that was written or replaced; a file that is not there has a state, too.</summary>
    private readonly record struct FileState
    {
        public FileState(string path)
        {
            FileInfo file = new(path);
            if (file.Exists)
            {
                ModifiedUtc = file.LastWriteTimeUtc;
                LengthBytes = file.Length;
            }
        }

        public DateTime ModifiedUtc { get; }

        public long LengthBytes { get; }
    }
}
