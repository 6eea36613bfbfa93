using FlexSc.Measuring.Builds;

namespace FlexSc.Documents.Tests;

/// <summary>A "dotnet run" of the documentation: its options are looked for in the sources of what it runs.</summary>
/// <param name="Page">Who shows it.</param>
/// <param name="Project">Folder of the program, in the repository.</param>
/// <param name="Arguments">What the program is told.</param>
internal sealed record ShownCommand(string Page, string Project, IReadOnlyList<string> Arguments)
{
    private const string ProjectOption = "--project";

    /// <summary>Programs take options from these, too.</summary>
    private static readonly string[] SharedSources = ["examples/Shared", "tests/FlexSc.Measuring", "tests/Shared"];

    private static readonly Dictionary<string, string> Sources = new(StringComparer.Ordinal);

    public static IEnumerable<ShownCommand> Of(Document document)
    {
        foreach (string line in document.CodeBlocks.SelectMany(
            static block => block.Code.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n')))
        {
            string[] words = line.Split(" #")[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            int project = Array.IndexOf(words, ProjectOption);
            if (line.Contains("dotnet run", StringComparison.Ordinal) && project >= 0 && project + 1 < words.Length)
            {
                int end = Array.IndexOf(words, "--");
                yield return new ShownCommand(document.Path, words[project + 1], end < 0 ? [] : words[(end + 1)..]);
            }
        }
    }

    /// <summary>What of it does not exist: the project, the command, an option. Values are the reader's own.</summary>
    public IReadOnlyList<string> Mistakes()
    {
        string folder = Path.Combine(Repository.Root(), Project);
        if (!Directory.Exists(folder) || Directory.GetFiles(folder, "*.csproj").Length != 1)
        {
            return [$"{Page}: there is no project {Project}"];
        }

        string sources = SourcesOf(Project);
        return
        [
            .. Arguments
                .Where((word, index) => word.StartsWith("--", StringComparison.Ordinal) || (index == 0 && word.All(
                    static letter => char.IsAsciiLetterLower(letter) || letter == '-')))
                .Where(word => !sources.Contains($"\"{word}\"", StringComparison.Ordinal) && !IsSettingOfHost(word, sources))
                .Select(word => $"{Page}: {Project} knows no {word}"),
        ];
    }

    /// <summary>A host of ASP.NET takes each of its settings as an option; see Microsoft.Extensions.Configuration.CommandLine.</summary>
    private static bool IsSettingOfHost(string word, string sources) =>
        sources.Contains("WebApplication.Create", StringComparison.Ordinal)
        && (word == "--urls" || (word.StartsWith("--", StringComparison.Ordinal) && sources.Contains($"\"{word[2..]}\"", StringComparison.Ordinal)));

    private static string SourcesOf(string project)
    {
        if (!Sources.TryGetValue(project, out string? text))
        {
            Sources[project] = text = string.Concat(SharedSources.Prepend(project)
                .Select(static folder => Path.Combine(Repository.Root(), folder))
                .Where(Directory.Exists)
                .SelectMany(static folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
                .Where(static file => !file.Contains("/obj/", StringComparison.Ordinal))
                .Select(File.ReadAllText));
        }

        return text;
    }
}
