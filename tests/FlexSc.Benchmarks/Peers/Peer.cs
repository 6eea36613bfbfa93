using FlexSc.Measuring.Servers;

namespace FlexSc.Benchmarks.Peers;

/// <summary>One server that takes part: a variant of an example, or what one would use instead.</summary>
/// <param name="Name">As the options and tables spell it.</param>
/// <param name="IsManaged">Whether code is compiled while it runs, so that it needs a long first warm-up.</param>
internal abstract record Peer(string Name, bool IsManaged)
{
    /// <summary>Builds what it needs and starts it.</summary>
    /// <exception cref="MeasurementException">It is not to be had here, or does not start; the text is the reason.</exception>
    public abstract ServerProcess Start(PeerPlace place);
}

/// <summary>Where a server runs and what it serves.</summary>
/// <param name="Cpus">Its cores; null leaves it to the scheduler.</param>
/// <param name="Loops">Threads that serve, where the server has such a setting.</param>
/// <param name="Root">Directory of its static files; null when it serves none.</param>
internal sealed record PeerPlace(IReadOnlyList<int>? Cpus, int Loops, string? Root)
{
    /// <summary>Words before a native server's own, as of a program that watches it.</summary>
    public IReadOnlyList<string> Wrapper { get; init; } = [];

    /// <summary>Whether others run on its cores as well: then FlexSC's loops are left to the scheduler, as all other servers are.</summary>
    public bool IsShared { get; init; }
}
