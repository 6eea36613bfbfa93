using System.Reflection;
using System.Runtime.CompilerServices;
using FlexSc.Akka.Hosting;
using FlexSc.Akka.IO;
using FlexSc.Akka.Streams;
using FlexSc.Interop.Loop;
using PublicApiGenerator;
using Xunit;

namespace FlexSc.Akka.Tests.Api;

/// <summary>
/// The public surface as text beside this file: a change of it is a change of that text, which a reviewer sees. To accept one, run the
/// test with FLEXSC_APPROVE_API=1.
/// </summary>
public sealed class PublicApiTests
{
    private const string Approve = "FLEXSC_APPROVE_API";

    [Theory]
    [InlineData(typeof(FlexTcp))]
    [InlineData(typeof(FlexScHealthCheck))]
    [InlineData(typeof(FlexFileIO))]
    [InlineData(typeof(SyscallLoop))]
    public void Public_surface_is_the_approved_one(Type ofAssembly)
    {
        Assembly assembly = ofAssembly.Assembly;
        string file = Path.Combine(Folder(), $"{assembly.GetName().Name}.approved.txt");
        string surface = assembly.GeneratePublicApi(new ApiGeneratorOptions { IncludeAssemblyAttributes = false }).ReplaceLineEndings("\n").Trim() + "\n";
        if (Environment.GetEnvironmentVariable(Approve) == "1")
        {
            File.WriteAllText(file, surface);
        }

        string approved = File.Exists(file) ? File.ReadAllText(file).ReplaceLineEndings("\n") : "";
        Assert.True(surface == approved, $"{Difference(approved, surface)}\nif that is wanted: {Approve}=1 dotnet test tests/FlexSc.Akka.Tests --filter PublicApi");
    }

    private static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;

    private static string Difference(string approved, string surface)
    {
        string[] before = approved.Split('\n');
        string[] after = surface.Split('\n');
        return string.Join('\n', before.Except(after).Select(line => $"- {line.Trim()}").Concat(after.Except(before).Select(line => $"+ {line.Trim()}")));
    }
}
