namespace FlexSc.Akka.IO;

/// <summary>The life of a connection. It moves one way.</summary>
internal enum ConnectionPhase
{
    /// <summary>Connected; nobody knows of it before TLS is agreed on.</summary>
    Handshaking,

    /// <summary>Connected; nobody has registered yet.</summary>
    AwaitingRegistration,

    Open,

    /// <summary>A close was asked for; what was written before is still being sent.</summary>
    Flushing,

    /// <summary>Our direction is ended; the peer's end is awaited.</summary>
    AwaitingPeer,

    /// <summary>Calls in flight are being cancelled and the socket closed.</summary>
    TearingDown,

    Terminated,
}
