using System.Globalization;
using FlexSc.Measuring.Builds;
using FlexSc.Measuring.Servers;

namespace FlexSc.Benchmarks.Peers;

/// <summary>A .NET server below tests/peers/.</summary>
/// <param name="Name">As the options and tables spell it.</param>
/// <param name="Project">Its directory.</param>
/// <param name="Program">Name of its assembly.</param>
/// <param name="Arguments">Its arguments beside the port.</param>
internal sealed record DotnetPeer(string Name, string Project, string Program, params string[] Arguments) : Peer(Name, IsManaged: true)
{
    public IReadOnlyDictionary<string, string>? RuntimeSettings { get; init; }

    /// <summary>Whether the server takes 0 for a free port; others get one that was free a moment ago.</summary>
    public bool PicksPort { get; init; } = true;

    public override ServerProcess Start(PeerPlace place)
    {
        string program = ProjectBuild.Build(Path.Combine("tests", "peers", Project), Program);
        int port = PicksPort ? 0 : FreePort.Take();
        string[] arguments = ["--port", port.ToString(CultureInfo.InvariantCulture), .. Arguments];
        return ServerProcess.Start(ServerLaunch.Dotnet(program, arguments, place.Cpus, RuntimeSettings));
    }
}
