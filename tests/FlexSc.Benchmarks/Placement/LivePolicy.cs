using System.Globalization;
using FlexSc.Measuring.Builds;
using FlexSc.Measuring.Servers;

namespace FlexSc.Benchmarks.Placement;

/// <summary>One way to place the program that is measured.</summary>
/// <param name="Name">As tables name it.</param>
/// <param name="Arguments">Of tests/peers/PlacementServer.</param>
internal sealed record LivePolicy(string Name, params string[] Arguments)
{
    public const string Inline = "inline";
    public const string Static = "static";
    public const string Adaptive = "adaptive";

    /// <summary>Of the split that is to be reported.</summary>
    public const string WrongName = "static, wrong";

    private const string Server = "PlacementServer";

    /// <summary>Of those that are compared; the last one is to be no worse than the better of the others.</summary>
    public static IReadOnlyList<string> Names { get; } = [Inline, Static, Adaptive];

    public ServerProcess Start()
    {
        string program = ProjectBuild.Build(Path.Combine("tests", "peers", Server), Server);
        return ServerProcess.Start(ServerLaunch.Dotnet(program, Arguments, cpus: null));
    }

    /// <summary>Those that are compared: a loop for each core, all cores but one beside a syscall core, and what follows the load.</summary>
    public static IReadOnlyList<LivePolicy> Compared(IReadOnlyList<int> cpus) =>
    [
        new(Inline, "--placement", Inline, "--loops", Text(cpus.Count)),
        new(
            Static, "--placement", Static, "--loops", Text(cpus.Count - 1), "--loop-cpus", List(cpus.SkipLast(1)),
            "--syscall-cpus", Text(cpus[^1])),
        new(Adaptive, "--placement", Adaptive, "--loops", Text(cpus.Count)),
    ];

    /// <summary>A syscall core on the core of a loop, which is to be reported.</summary>
    public static LivePolicy Wrong(IReadOnlyList<int> cpus) => new(
        WrongName, "--placement", Static, "--loops", Text(cpus.Count), "--loop-cpus", List(cpus), "--syscall-cpus", Text(cpus[^1]));

    private static string List(IEnumerable<int> cpus) => string.Join(',', cpus.Select(Text));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
