namespace FlexSc.Peers.Metered;

/// <summary>Somebody who listens to all instruments of FlexSC and reads those that are read.</summary>
internal interface IReader : IDisposable
{
    /// <summary>Reads once, on the calling thread.</summary>
    void Read();
}
