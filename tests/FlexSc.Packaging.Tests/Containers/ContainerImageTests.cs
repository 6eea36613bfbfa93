using System.Text.Json;
using System.Text.RegularExpressions;
using FlexSc.Examples.Tests;
using FlexSc.Measuring.Builds;
using FlexSc.Measuring.Processes;
using FlexSc.Measuring.Servers;
using Xunit;

namespace FlexSc.Packaging.Tests.Containers;

/// <summary>The images of the servers without an engine and without their base: what the recipes say, and that the program is one for it.</summary>
public sealed partial class ContainerImageTests
{
    private const string Registry = "mcr.microsoft.com/dotnet/";
    private static readonly TimeSpan PublishLimit = TimeSpan.FromMinutes(2);

    public static TheoryData<string> Services => [.. ContainedService.Names];

    [Fact]
    public void Every_example_that_is_a_server_with_options_has_a_recipe() => Assert.Equal(
        ContainedService.Names.Order(StringComparer.Ordinal),
        Directory.GetFiles(Path.Combine(Repository.Root(), "examples"), "Containerfile", SearchOption.AllDirectories)
            .Select(static file => new FileInfo(file).Directory!.Name).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Services))]
    public void Containerfile_and_project_tell_of_the_same_image(string name)
    {
        ImageRecipe byFile = ImageRecipe.OfContainerfile(name);
        ImageRecipe byProject = ImageRecipe.OfProject(name);

        Assert.Equal(
            (byProject.BaseImage, byProject.User, byProject.Port, string.Join(' ', byProject.EntryPoint), string.Join(' ', byProject.Arguments)),
            (byFile.BaseImage, byFile.User, byFile.Port, string.Join(' ', byFile.EntryPoint), string.Join(' ', byFile.Arguments)));
        Assert.Equal(ImageRecipe.AppUser, byFile.User);
        Assert.Equal(ContainedService.Of(name).Port, byFile.Port);
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void Its_base_and_its_builder_are_of_the_framework_that_the_program_is_for(string name)
    {
        string version = TargetFramework().Match(File.ReadAllText(Path.Combine(Repository.Root(), "Directory.Build.props"))).Groups[1].Value;
        ImageRecipe recipe = ImageRecipe.OfContainerfile(name);
        Assert.Equal(($"{Registry}sdk:{version}", $"{Registry}runtime:{version}"), (recipe.BuildImage, recipe.BaseImage));
        Assert.Equal(["dotnet", "publish", $"examples/{name}", "-c", "Release", "-o", "/app", "-p:UseAppHost=false"], recipe.Publish);
    }

    /// <summary>On a base of the test's, from a registry of the test's.</summary>
    [Theory]
    [MemberData(nameof(Services))]
    public void What_PublishContainer_makes_is_what_the_Containerfile_says(string name)
    {
        using BaseImageRegistry registry = new();
        MadeImage made = MadeImage.Of(name, registry.Image);
        ImageRecipe recipe = ImageRecipe.OfContainerfile(name);

        Assert.Equal((recipe.User, recipe.Port), (made.Recipe.User, made.Recipe.Port));
        Assert.Equal(recipe.Arguments, made.Recipe.Arguments);
        Assert.Contains("/etc/base", made.Files);

        // The Containerfile's is looked for in its WORKDIR.
        Assert.Equal([recipe.EntryPoint[0], $"/app/{recipe.EntryPoint[1]}"], made.Recipe.EntryPoint);
        Assert.Superset(new HashSet<string> { $"/app/{recipe.EntryPoint[1]}", $"/app/{name}.runtimeconfig.json" }, made.Files.ToHashSet());
    }

    /// <summary>By what the tests have built: what the recipe publishes, but for the configuration.</summary>
    [SkippableTheory]
    [MemberData(nameof(Services))]
    public async Task What_is_published_starts_as_the_image_would_and_serves(string name)
    {
        ImageRecipe recipe = ImageRecipe.OfContainerfile(name);
        ContainedService service = ContainedService.Of(name);
        string folder = ScratchDirectory.Create("image");
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        ProgramResult published = Programs.Run(
            Programs.Require("dotnet"),
            [
                "publish", ImageRecipe.FolderOf(name), "--no-build", "-c", configuration, "-o", folder, "-p:UseAppHost=false", "-nodeReuse:false",
                "-nologo",
            ],
            PublishLimit);
        Assert.True(published.ExitCode == 0, published.Output + published.Error);

        // The base has this framework, and not ASP.NET's.
        string program = Path.Combine(folder, recipe.EntryPoint[1]);
        using (JsonDocument configured = JsonDocument.Parse(await File.ReadAllTextAsync(Path.ChangeExtension(program, ".runtimeconfig.json"))))
        {
            Assert.Equal(
                "Microsoft.NETCore.App",
                configured.RootElement.GetProperty("runtimeOptions").GetProperty("framework").GetProperty("name").GetString());
        }

        // Root's alone it is nobody's to read.
        string temporary = Path.TrimEndingDirectorySeparator(Path.GetTempPath());
        for (DirectoryInfo parent = new(folder); parent.FullName != temporary; parent = parent.Parent!)
        {
#pragma warning disable CA1416 // the tests run on Linux alone
            parent.UnixFileMode |= UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
#pragma warning restore CA1416
        }

        // The one argument more: the port may be somebody's here.
        string[] command = [.. Confinement.OfContainer([]), recipe.EntryPoint[0], program, .. ContainedService.Here(recipe.Arguments), "--port", "0"];
        using ServerProcess server = ServerProcess.Start(ServerLaunch.Redirected(command));
        await service.ServeAsync(server);
        Assert.Equal(0, ExampleProgram.End(server, "TERM").ExitCode);
    }

    [GeneratedRegex("<TargetFramework>net([0-9.]+)</TargetFramework>")]
    private static partial Regex TargetFramework();
}
