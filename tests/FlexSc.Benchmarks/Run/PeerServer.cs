using FlexSc.Benchmarks.Peers;
using FlexSc.Measuring;
using FlexSc.Measuring.Servers;

namespace FlexSc.Benchmarks.Run;

/// <summary>A peer and its server, or the reason why there is none.</summary>
internal sealed class PeerServer : IDisposable
{
    private PeerServer(string name)
    {
        Name = name;
    }

    public string Name { get; }

    /// <summary>Null when the peer is not available.</summary>
    public ServerProcess? Server { get; private set; }

    /// <summary>Whether there ever was a server.</summary>
    public bool Started { get; private set; }

    /// <summary>Why there is no server (any more); null while there is one.</summary>
    public string? Unavailable { get; private set; }

    /// <summary>What went wrong when the server was told to end; null when nothing did.</summary>
    public string? StopFailure { get; private set; }

    public string Description { get; private set; } = "";

    public PeerState State => new(Name, Description, Started, Unavailable, StopFailure);

    public static PeerServer Start(string name, Peer peer, PeerPlace place)
    {
        PeerServer result = new(name);
        try
        {
            result.Server = peer.Start(place);
            result.Started = true;
            result.Description = result.Server.Description;
        }
        catch (MeasurementException failure)
        {
            result.Unavailable = failure.Message;
        }

        Progress.Write(result.Unavailable is { } reason ? $"{name}: not available: {reason}" : $"{name}: {result.Description}");
        return result;
    }

    /// <summary>Gives the peer up: its server answers no more, or answers wrongly.</summary>
    public void GiveUp(string reason)
    {
        Unavailable = reason;
        Dispose();
    }

    public void Stop()
    {
        StopFailure = Server?.Stop();
        Dispose();
    }

    public void Dispose()
    {
        Server?.Dispose();
        Server = null;
    }
}
