namespace FlexSc.Examples.KvServer.Protocol;

/// <summary>What one connection may ask of the server. Sizes in bytes.</summary>
internal sealed record SessionLimits
{
    /// <summary>Longest command line but a get's. Beyond it the client is told and the connection closed.</summary>
    public int MaxLineBytes { get; init; } = 2048;

    /// <summary>
    /// Longest line of get, gets, gat and gats, whose keys are answered as they arrive; no less than <see cref="MaxLineBytes"/>.
    /// Beyond it the client is told and the connection closed. It bounds what one command may ask for, not memory.
    /// </summary>
    public int MaxGetLineBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Most unconsumed input held while replies wait to be read. Beyond it the connection is closed.</summary>
    public int MaxPendingInputBytes { get; init; } = 1024 * 1024;
}
