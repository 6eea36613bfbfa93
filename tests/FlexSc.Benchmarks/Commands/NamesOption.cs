using System.CommandLine;

namespace FlexSc.Benchmarks.Commands;

/// <summary>An option that takes some of a list of names, separated by commas; all where it is left out.</summary>
internal static class NamesOption
{
    /// <param name="name">Of the option.</param>
    /// <param name="what">What is chosen, in the plural.</param>
    /// <param name="all">The names that there are.</param>
    public static Option<IReadOnlyList<string>> Of(string name, string what, IReadOnlyList<string> all) => new(name)
    {
        Description = $"{what}, separated by commas: {string.Join(',', all)}. Default: all.",
        DefaultValueFactory = _ => all,
        CustomParser = result =>
        {
            string[] asked = [.. result.Tokens[^1].Value.Split(',').Distinct()];
            string? unknown = asked.FirstOrDefault(one => !all.Contains(one));
            if (unknown is not null)
            {
                result.AddError($"{name}: there is no '{unknown}'");
            }

            return asked;
        },
    };
}
