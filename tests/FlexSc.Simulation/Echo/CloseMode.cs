namespace FlexSc.Simulation.Echo;

/// <summary>How a connection ends. The client chooses and tells the server in the first byte.</summary>
internal enum CloseMode : byte
{
    /// <summary>The client ends its direction when it has sent all, and hears the rest and the end.</summary>
    ClientEndsDirection,

    /// <summary>The client closes when it has heard all.</summary>
    ClientCloses,

    /// <summary>The client closes in the midst, with bytes on their way.</summary>
    ClientClosesEarly,

    /// <summary>The client resets in the midst.</summary>
    ClientResets,

    /// <summary>The server ends its direction in the midst and goes on to receive until the end.</summary>
    ServerEndsDirection,

    /// <summary>The server closes in the midst.</summary>
    ServerCloses,

    /// <summary>The server resets in the midst.</summary>
    ServerResets,
}
