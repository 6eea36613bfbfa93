using System.CommandLine;
using FlexSc.Benchmarks.Report;
using FlexSc.Benchmarks.Servers;
using FlexSc.Benchmarks.Setup;

namespace FlexSc.Benchmarks.Commands;

/// <summary>What all commands have in common: variants, cores, build, output.</summary>
internal sealed class CommonOptions
{
    private const int MaxCore = 4095;

    private readonly Option<string[]?> _variants = new("--variants")
    {
        Description = $"Variants to run, separated by commas: {string.Join(',', Variant.All.Select(variant => variant.Name))}. Default: all but {Variant.ControlName}.",
        CustomParser = result =>
        {
            string[] names = result.Tokens[^1].Value.Split(',');
            string? unknown = names.FirstOrDefault(name => Variant.All.All(variant => variant.Name != name));
            if (unknown is not null)
            {
                result.AddError($"--variants: there is no '{unknown}'");
            }

            return names;
        },
    };

    private readonly Option<int?> _serverCore = NumberOption.Whole("--server-core", "Core of the server; default: the first usable one.", 0, MaxCore);
    private readonly Option<int?> _generatorCore = NumberOption.Whole("--generator-core", "Core of the load generator; default: the second usable one.", 0, MaxCore);
    private readonly Option<bool> _unpinned = new("--unpinned") { Description = "Leave server and generator to the scheduler, on all cores." };
    private readonly Option<bool> _noBuild = new("--no-build") { Description = "Run the release build of the servers that is there." };
    private readonly Option<bool> _allowMissing = new("--allow-missing") { Description = "End with exit code 0 though a variant was not available." };
    private readonly Option<string?> _json = new("--json") { Description = "File for the figures as JSON; default: artifacts/benchmarks/COMMAND-TIME.json." };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_variants, _serverCore, _generatorCore, _unpinned, _noBuild, _allowMissing, _json])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The variants in the order of the tables: the baseline first, whatever the order of the option.</summary>
    public IReadOnlyList<Variant> Variants(ParseResult result)
    {
        string[]? names = result.GetResult(_variants) is null ? null : result.GetValue(_variants);
        return names is null ? Variant.Default : [.. Variant.All.Where(variant => names.Contains(variant.Name))];
    }

    public bool Build(ParseResult result) => !result.GetValue(_noBuild);

    public bool AllowMissing(ParseResult result) => result.GetValue(_allowMissing);

    public string JsonFile(ParseResult result, string command)
    {
        string file = result.GetValue(_json) ?? JsonReport.DefaultFile(command);
        JsonReport.CheckWritable(file);
        return file;
    }

    /// <summary>Which cores the server and the generator get.</summary>
    /// <exception cref="BenchmarkException">A core was asked for that this process may not use, or one beside <c>--unpinned</c>.</exception>
    public (int? Server, int? Generator) Cores(ParseResult result)
    {
        if (result.GetValue(_unpinned))
        {
            if ((result.GetValue(_serverCore) ?? result.GetValue(_generatorCore)) is not null)
            {
                throw new BenchmarkException("--unpinned and a core exclude each other: leave one of them out");
            }

            return (null, null);
        }

        IReadOnlyList<int> usable = CpuList.Usable();
        int server = result.GetValue(_serverCore) ?? usable[0];
        int generator = result.GetValue(_generatorCore) ?? usable.FirstOrDefault(core => core != server, server);
        foreach (int core in (int[])[server, generator])
        {
            if (!usable.Contains(core))
            {
                throw new BenchmarkException($"core {core} is not usable here, only {string.Join(',', usable)}");
            }
        }

        return (server, generator);
    }

    public static string Describe(int? serverCore, int? generatorCore) => serverCore is null ? "server and generator not pinned"
        : serverCore == generatorCore ? $"server and generator share core {serverCore}: throughput and latency say nothing"
        : $"server on core {serverCore}, generator on core {generatorCore}";
}
