namespace FlexSc.Simulation.ActorEcho;

/// <summary>How a connection between two actors ends. The client chooses and tells the server in the first byte.</summary>
internal enum EndMode : byte
{
    /// <summary>ConfirmedClose by the client when it has sent all: it hears the rest and the end.</summary>
    ClientConfirmsClose,

    /// <summary>Close by the client when it has heard all.</summary>
    ClientCloses,

    /// <summary>Close by the client in the midst.</summary>
    ClientClosesEarly,

    /// <summary>Abort by the client in the midst.</summary>
    ClientAborts,

    /// <summary>The client's actor stops in the midst.</summary>
    ClientStops,

    /// <summary>The client stops the connection as an actor is stopped.</summary>
    ClientPoisons,

    /// <summary>ConfirmedClose by the server in the midst.</summary>
    ServerConfirmsClose,

    /// <summary>Close by the server in the midst.</summary>
    ServerCloses,

    /// <summary>Abort by the server in the midst.</summary>
    ServerAborts,

    /// <summary>The server's actor stops in the midst.</summary>
    ServerStops,
}
