using FlexSc.Measuring.Builds;
using FlexSc.Measuring.Servers;

namespace FlexSc.Benchmarks.Peers;

/// <summary>A C server below tests/peers/native/, compiled when it is first needed.</summary>
/// <param name="Name">As the options and tables spell it.</param>
/// <param name="Source">Its file without the ending.</param>
internal sealed record BarePeer(string Name, string Source) : Peer(Name, IsManaged: false)
{
    public override ServerProcess Start(PeerPlace place) =>
        ServerProcess.Start(ServerLaunch.Create([.. place.Wrapper, NativeBuild.Build(Source)], place.Cpus));
}
