using FlexSc.Measuring;
using FlexSc.Measuring.Processes;
using Xunit;

namespace FlexSc.Packaging.Tests.Tool;

/// <summary>A tool of .NET's own from the registry, in a folder of the test's.</summary>
internal static class DotnetTool
{
    private static readonly TimeSpan InstallLimit = TimeSpan.FromMinutes(2);

    /// <summary>Its program; skips the test where it cannot be had.</summary>
    public static string Install(string name, string version, string folder)
    {
        try
        {
            ProgramResult installed = Programs.Run(
                Programs.Require("dotnet"), ["tool", "install", name, "--version", version, "--tool-path", folder], InstallLimit);
            Skip.If(installed.ExitCode != 0, $"{name} {version} cannot be installed: {installed.Output.Trim()} {installed.Error.Trim()}");
        }
        catch (MeasurementException failure)
        {
            Skip.If(true, $"{name} {version} cannot be installed: {failure.Message}");
        }

        return Path.Combine(folder, name);
    }
}
