using FlexSc.Simulation.Mutations;
using FlexSc.Simulation.Worlds;
using Xunit;

namespace FlexSc.Simulation.Tests;

/// <summary>The bugs put in on purpose fit the sources as they are; docs/simulation.md lists the seed that finds each.</summary>
public sealed class MutationTests
{
    [Fact]
    public void Every_mutation_fits_its_source_once()
    {
        string repository = MutatedBuild.FindRepository();
        List<string> misfits = [];
        foreach (IGrouping<string, Mutation> file in Mutation.All.GroupBy(mutation => mutation.File))
        {
            string source = File.ReadAllText(Path.Combine(repository, file.Key));
            foreach (Mutation mutation in file)
            {
                try
                {
                    source = MutatedBuild.Mutate(source, mutation);
                }
                catch (SimulationFailure failure)
                {
                    misfits.Add(failure.Message);
                }
            }
        }

        // All at once: a change of a source may touch several.
        Assert.Empty(misfits);
    }

    [Fact]
    public void Every_mutation_has_its_line_in_the_documentation()
    {
        string documentation = File.ReadAllText(Path.Combine(MutatedBuild.FindRepository(), "docs/simulation.md"));
        Assert.All(Mutation.All, mutation => Assert.Contains($"| {mutation.Name} | {mutation.What} | {mutation.Program} | ", documentation, StringComparison.Ordinal));
    }
}
