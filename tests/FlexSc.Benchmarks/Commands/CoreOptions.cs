using System.CommandLine;
using FlexSc.Measuring;
using FlexSc.Measuring.Commands;
using FlexSc.Measuring.Machine;

namespace FlexSc.Benchmarks.Commands;

/// <summary>The options that say where server and generator run.</summary>
internal sealed class CoreOptions
{
    private const int MaxCore = 4095;

    private readonly Option<int?> _serverCore = NumberOption.Whole(
        "--server-core", "Core of the server; default: the first usable one.", 0, MaxCore);
    private readonly Option<int?> _generatorCore = NumberOption.Whole(
        "--generator-core", "Core of the load generator; default: the second usable one.", 0, MaxCore);
    private readonly Option<bool> _unpinned = new("--unpinned")
    {
        Description = "Leave server and generator to the scheduler, on all cores.",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_serverCore);
        command.Options.Add(_generatorCore);
        command.Options.Add(_unpinned);
    }

    /// <summary>Which cores the server and the generator get; null leaves both to the scheduler.</summary>
    /// <exception cref="MeasurementException">A core was asked for that this process may not use, or one beside
    /// <c>--unpinned</c>.</exception>
    public (int? Server, int? Generator) Of(ParseResult result)
    {
        if (result.GetValue(_unpinned))
        {
            if ((result.GetValue(_serverCore) ?? result.GetValue(_generatorCore)) is not null)
            {
                throw new MeasurementException("--unpinned and a core exclude each other: leave one of them out");
            }

            return (null, null);
        }

        IReadOnlyList<int> usable = ProcessorCores.Usable();
        int server = result.GetValue(_serverCore) ?? usable[0];
        int generator = result.GetValue(_generatorCore) ?? usable.FirstOrDefault(core => core != server, server);
        foreach (int core in (int[])[server, generator])
        {
            if (!usable.Contains(core))
            {
                throw new MeasurementException($"core {core} is not usable here, only {string.Join(',', usable)}");
            }
        }

        return (server, generator);
    }
}
