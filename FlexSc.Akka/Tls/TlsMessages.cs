using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Akka.Actor;
using Akka.Event;
using Akka.IO;

namespace FlexSc.Akka.IO;

/// <summary>
/// What a handshake has agreed on. The handler of a TLS connection is told it when it registers, before anything else; who wants to know
/// it before, to choose a handler by protocol or name, asks <see cref="FlexTcp.NegotiatedOf"/>. Its sender is the connection.
/// </summary>
public sealed class TlsNegotiated : Tcp.Event, IDeadLetterSuppression
{
    internal TlsNegotiated(SslStream stream)
    {
        Protocol = stream.SslProtocol;
        CipherSuite = stream.NegotiatedCipherSuite;
        PeerCertificate = stream.RemoteCertificate as X509Certificate2;
        ServerName = string.IsNullOrEmpty(stream.TargetHostName) ? null : stream.TargetHostName;
        ReadOnlyMemory<byte> protocol = stream.NegotiatedApplicationProtocol.Protocol;
        ApplicationProtocol = protocol.IsEmpty ? null : stream.NegotiatedApplicationProtocol.ToString();
    }

    /// <summary>Version of TLS.</summary>
    public SslProtocols Protocol { get; }

    /// <summary>Cipher suite, by its name in IANA's registry.</summary>
    public TlsCipherSuite CipherSuite { get; }

    /// <summary>The peer's certificate; null when it has shown none.</summary>
    public X509Certificate2? PeerCertificate { get; }

    /// <summary>The name the client asked for (SNI); null when it asked for none. On a client: the name it asked for.</summary>
    public string? ServerName { get; }

    /// <summary>Protocol of the application (ALPN); null when none was negotiated.</summary>
    public string? ApplicationProtocol { get; }

    /// <inheritdoc/>
    public override string ToString() =>
        $"TlsNegotiated({Protocol}, {CipherSuite}, server name: {ServerName ?? "none"}, application protocol: {ApplicationProtocol ?? "none"}, peer: {PeerCertificate?.Subject ?? "no certificate"})";
}

/// <summary>
/// A handshake with a client failed: published on the event stream of the actor system, for the bind handler never hears of such a
/// connection. It is counted as failed in the listener's statistics, and logged at level debug.
/// </summary>
public sealed class TlsHandshakeFailed : INoSerializationVerificationNeeded
{
    internal TlsHandshakeFailed(EndPoint remoteAddress, EndPoint localAddress, FlexTlsException cause)
    {
        RemoteAddress = remoteAddress;
        LocalAddress = localAddress;
        Cause = cause;
    }

    /// <summary>The client.</summary>
    public EndPoint RemoteAddress { get; }

    /// <summary>Where it connected to.</summary>
    public EndPoint LocalAddress { get; }

    /// <summary>Why.</summary>
    public FlexTlsException Cause { get; }

    /// <inheritdoc/>
    public override string ToString() => $"TlsHandshakeFailed({RemoteAddress} to {LocalAddress}: {Cause.Message})";
}

/// <summary>A handshake failed, or a certificate cannot be used. The text says what to do where that is known.</summary>
public sealed class FlexTlsException : AuthenticationException
{
    internal FlexTlsException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }
}
