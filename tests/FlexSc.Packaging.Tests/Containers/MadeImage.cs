using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;
using FlexSc.Measuring.Processes;

namespace FlexSc.Packaging.Tests.Containers;

/// <summary>What <c>dotnet publish /t:PublishContainer</c> wrote into a file in place of a push.</summary>
/// <param name="Recipe">What the image says of itself.</param>
/// <param name="Files">Paths of all layers.</param>
internal sealed record MadeImage(ImageRecipe Recipe, IReadOnlySet<string> Files)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>Has the SDK make the image of an example that the tests have built.</summary>
    /// <param name="example">Its name.</param>
    /// <param name="baseImage">What it is made on in place of the project's.</param>
    /// <exception cref="InvalidDataException">It made none; the text has what it printed.</exception>
    public static MadeImage Of(string example, string baseImage)
    {
        string folder = ScratchDirectory.Create("made-image");
        string archive = Path.Combine(folder, "image.tar.gz");
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        string[] arguments =
        [
            "publish", ImageRecipe.FolderOf(example), "--no-build", "-c", configuration, "-t:PublishContainer", $"-p:ContainerBaseImage={baseImage}",
            $"-p:ContainerArchiveOutputPath={archive}", $"-p:PublishDir={Path.Combine(folder, "published")}/", "-nodeReuse:false", "-nologo",
        ];
        ProgramResult made = Programs.Run(Programs.Require("dotnet"), arguments, Limit);
        return made.ExitCode == 0 && File.Exists(archive)
            ? Read(archive, baseImage)
            : throw new InvalidDataException($"{example}: {made.ExitCode}: {made.Output}{made.Error}");
    }

    private static MadeImage Read(string archive, string baseImage)
    {
        Dictionary<string, byte[]> entries = EntriesOf(File.ReadAllBytes(archive));
        using JsonDocument index = JsonDocument.Parse(entries["manifest.json"]);
        JsonElement image = index.RootElement[0];
        using JsonDocument document = JsonDocument.Parse(entries[image.GetProperty("Config").GetString()!]);
        JsonElement config = document.RootElement.GetProperty("config");
        string port = config.GetProperty("ExposedPorts").EnumerateObject().Single().Name;
        ImageRecipe recipe = new(
            baseImage, config.GetProperty("User").GetString()!, int.Parse(port.Split('/')[0], System.Globalization.CultureInfo.InvariantCulture),
            Words(config, "Entrypoint"), Words(config, "Cmd"));
        return new MadeImage(
            recipe,
            image.GetProperty("Layers").EnumerateArray().SelectMany(layer => EntriesOf(entries[layer.GetString()!]).Keys)
                .Select(static path => "/" + path.TrimStart('.', '/')).ToHashSet(StringComparer.Ordinal));
    }

    private static string[] Words(JsonElement config, string name) => [.. config.GetProperty(name).EnumerateArray().Select(static word => word.GetString()!)];

    /// <summary>The regular files of an archive, compressed or not.</summary>
    private static Dictionary<string, byte[]> EntriesOf(byte[] archive)
    {
        const byte gzipMark = 0x1f;
        using Stream content = archive[0] == gzipMark ? new GZipStream(new MemoryStream(archive), CompressionMode.Decompress) : new MemoryStream(archive);
        using TarReader reader = new(content);
        Dictionary<string, byte[]> entries = new(StringComparer.Ordinal);
        while (reader.GetNextEntry(copyData: true) is { } entry)
        {
            if (entry.DataStream is { } data)
            {
                using MemoryStream bytes = new();
                data.CopyTo(bytes);
                entries[entry.Name] = bytes.ToArray();
            }
        }

        return entries;
    }
}
