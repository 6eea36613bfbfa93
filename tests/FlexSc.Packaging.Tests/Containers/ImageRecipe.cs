using System.Globalization;
using System.Text.Json;
using FlexSc.Examples.Tests;
using FlexSc.Measuring.Builds;
using FlexSc.Measuring.Processes;

namespace FlexSc.Packaging.Tests.Containers;

/// <summary>What a server's image is: told by its Containerfile, or by its project for <c>dotnet publish /t:PublishContainer</c>.</summary>
/// <param name="BaseImage">What it is made on.</param>
/// <param name="User">Who runs it.</param>
/// <param name="Port">Where it listens.</param>
/// <param name="EntryPoint">The program.</param>
/// <param name="Arguments">Its arguments where no others are given.</param>
internal sealed record ImageRecipe(string BaseImage, string User, int Port, IReadOnlyList<string> EntryPoint, IReadOnlyList<string> Arguments)
{
    /// <summary>APP_UID of Microsoft's images.</summary>
    public const string AppUser = "1654";

    private const string ContainerFileName = "Containerfile";
    private const string Runner = "dotnet";

    /// <summary>What the image is made with, where the recipe has a stage for that.</summary>
    public string? BuildImage { get; private init; }

    /// <summary>The command that makes what is copied into the image.</summary>
    public IReadOnlyList<string> Publish { get; private init; } = [];

    /// <summary>Directory of an example's project.</summary>
    public static string FolderOf(string example) => Path.Combine(Repository.Root(), "examples", example);

    /// <summary>Reads a Containerfile of two stages, which has one instruction a line.</summary>
    /// <exception cref="InvalidDataException">An instruction is not there as often as it should be.</exception>
    public static ImageRecipe OfContainerfile(string example)
    {
        List<(string Name, string Value)> instructions =
        [
            .. File.ReadLines(Path.Combine(FolderOf(example), ContainerFileName))
                .Where(static line => line.Length > 0 && !line.StartsWith('#'))
                .Select(static line => line.Split(' ', 2)).Select(static words => (words[0], words[1])),
        ];
        string[] images = [.. instructions.Where(static instruction => instruction.Name == "FROM").Select(static from => from.Value.Split(' ')[0])];
        return images.Length != 2
            ? throw new InvalidDataException($"{example}: {images.Length} stages")
            : new ImageRecipe(
                images[1], One("USER").Replace("$APP_UID", AppUser, StringComparison.Ordinal), Number(One("EXPOSE")), Words("ENTRYPOINT"), Words("CMD"))
            {
                BuildImage = images[0],
                Publish = One("RUN").Split(' '),
            };

        string One(string name) => instructions.Count(instruction => instruction.Name == name) is var count && count == 1
            ? instructions.Single(instruction => instruction.Name == name).Value
            : throw new InvalidDataException($"{example}: {name} is there {count} times");

        // The form that no shell reads: signals reach the program.
        IReadOnlyList<string> Words(string name) => JsonSerializer.Deserialize<string[]>(One(name))!;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>Asks MSBuild what the project says.</summary>
    /// <exception cref="InvalidDataException">The project cannot be evaluated; the text has what was printed.</exception>
    public static ImageRecipe OfProject(string example)
    {
        string[] arguments =
        [
            "msbuild", FolderOf(example), "-nologo", "-nodeReuse:false", "-getProperty:ContainerBaseImage,ContainerUser,TargetFileName",
            "-getItem:ContainerPort,ContainerDefaultArgs",
        ];
        ProgramResult result = Programs.Run(Programs.Require(Runner), arguments, ExampleProgram.Deadline);
        if (result.ExitCode != 0)
        {
            throw new InvalidDataException($"{example}: {result.Output}{result.Error}");
        }

        using JsonDocument evaluated = JsonDocument.Parse(result.Output);
        JsonElement properties = evaluated.RootElement.GetProperty("Properties");
        JsonElement items = evaluated.RootElement.GetProperty("Items");
        return new ImageRecipe(
            Property("ContainerBaseImage"), Property("ContainerUser"), Number(Items("ContainerPort").Single()),
            [Runner, Property("TargetFileName")], [.. Items("ContainerDefaultArgs")]);

        string Property(string name) => properties.GetProperty(name).GetString()!;

        IEnumerable<string> Items(string name) =>
            items.GetProperty(name).EnumerateArray().Select(static item => item.GetProperty("Identity").GetString()!);
    }
}
