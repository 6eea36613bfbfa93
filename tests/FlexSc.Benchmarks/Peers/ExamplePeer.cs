using System.Globalization;
using FlexSc.Measuring;
using FlexSc.Measuring.Builds;
using FlexSc.Measuring.Servers;

namespace FlexSc.Benchmarks.Peers;

/// <summary>One way to run an example's actors: whose sockets, which messages, which backend.</summary>
/// <param name="Name">As the options and tables spell it.</param>
/// <param name="Example">Directory of its project, below <see cref="Folder"/>.</param>
/// <param name="Io">Value of the server's <c>--io</c>.</param>
/// <param name="Arguments">What the variant adds to it.</param>
internal sealed record ExamplePeer(string Name, string Example, string Io, params string[] Arguments) : Peer(Name, IsManaged: true)
{
    public const string FlexScIo = "flexsc";
    public const string AkkaIo = "akka-io";

    /// <summary>Where the project is; a peer that takes the options of an example may lie elsewhere.</summary>
    public string Folder { get; init; } = "examples";

    /// <summary>Most connections that it is to serve: those of a usual benchmark, and some.</summary>
    public int Connections { get; init; } = 20_000;

    public IReadOnlyDictionary<string, string>? RuntimeSettings { get; init; }

    /// <summary>Root of the sources that it is built from; null is the working tree.</summary>
    public string? Tree { get; init; }

    /// <summary>Whether its code is compiled before it runs (<c>dotnet publish -p:PublishReadyToRun=true</c>).</summary>
    public bool IsReadyToRun { get; init; }

    /// <summary>Builds it, once for each project.</summary>
    /// <returns>Its file.</returns>
    /// <exception cref="MeasurementException">The build failed.</exception>
    public string Build()
    {
        string project = Path.Combine(Folder, Example);
        return IsReadyToRun ? ProjectBuild.PublishReadyToRun(project) : ProjectBuild.Build(project, tree: Tree);
    }

    public override ServerProcess Start(PeerPlace place) =>
        ServerProcess.Start(ServerLaunch.Dotnet(Build(), ServerArguments(place), place.Cpus, RuntimeSettings));

    public IReadOnlyList<string> ServerArguments(PeerPlace place)
    {
        List<string> arguments =
        [
            "--host", "127.0.0.1", "--port", "0", "--stats-on-stdin", "--io", Io,
            "--max-connections", Text(Connections), "--loops", Text(place.Loops), .. Arguments,
        ];
        if (Io == FlexScIo && place.IsShared)
        {
            arguments.AddRange(["--pin", "off"]);
        }
        else if (Io == FlexScIo && place.Cpus is { } cpus)
        {
            // A loop may have a core of its own out of those that the process is kept on.
            arguments.AddRange(["--cpus", string.Join(',', cpus.Take(place.Loops).Select(Text))]);
        }

        if (place.Root is { } root)
        {
            arguments.AddRange(["--root", root]);
        }

        return arguments;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
