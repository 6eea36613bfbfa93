using System.CommandLine;

namespace FlexSc.Examples.Shared;

/// <summary>The options that say who decides which loops get new work, and which cores execute system calls.</summary>
internal sealed class PlacementOptions
{
    public const string Off = "off";
    private const string Static = "static";

    private readonly Option<string> _placement = OptionKinds.Choice(
        "--placement",
        "Who decides at run time which loops get new work and which cores execute system calls; off leaves it as it starts.",
        Off, "inline", Static, "adaptive");

    private readonly Option<int[]> _syscallCpus = OptionKinds.Cores(
        "--syscall-cpus", "With --placement static: cores that execute the loops' system calls; by default none.");

    private readonly Option<bool> _verbose = new("--verbose") { Description = "Tell each decision of the placement on standard error, with its reason." };

    public Option[] All => [_placement, _syscallCpus, _verbose];

    public T Apply<T>(ParseResult result, T options)
        where T : ServerOptions => options with
        {
            Placement = result.GetValue(_placement)!,
            SyscallCpus = result.GetValue(_syscallCpus)!,
            Verbose = result.GetValue(_verbose),
        };

    /// <summary>What these options forbid together, and with the others.</summary>
    public IEnumerable<string> ConflictsIn(ParseResult result, bool isStock)
    {
        string placement = result.GetValue(_placement)!;
        if (isStock && placement != Off)
        {
            yield return $"{_placement.Name} has no meaning with --io akka-io: leave one of them out.";
        }

        if (placement != Static && result.GetValue(_syscallCpus)!.Length > 0)
        {
            yield return $"{_syscallCpus.Name} needs --placement static: the other policies choose cores by themselves.";
        }

        if (placement == Off && result.GetValue(_verbose))
        {
            yield return $"{_verbose.Name} tells what --placement decides: leave it out, or name a policy.";
        }
    }
}
