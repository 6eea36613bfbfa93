namespace FlexSc.Measuring.Servers;

/// <summary>How a server that does not answer on its standard input is asked for its counters.</summary>
internal interface IServerCounters : IDisposable
{
    /// <exception cref="MeasurementException">No answer, or one that is not understood.</exception>
    ServerStats Read();
}

/// <summary>The generator counts instead.</summary>
internal sealed class NoCounters : IServerCounters
{
    public ServerStats Read() => ServerStats.None;

    public void Dispose()
    {
        // There is nothing to close.
    }
}
