using System.Text.RegularExpressions;
using FlexSc.Examples.Tests;
using FlexSc.Interop.Capabilities;
using FlexSc.Measuring.Builds;
using FlexSc.Measuring.Processes;
using Xunit;

namespace FlexSc.Packaging.Tests.Packages;

/// <summary>FlexSc.Interop in a program that is compiled ahead of time.</summary>
public sealed partial class AotTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(8);

    [SkippableFact]
    public void A_program_compiles_ahead_of_time_without_a_warning_and_runs()
    {
        Skip.If(Programs.Find("clang") is null && Programs.Find("gcc") is null, "the native linker's driver is not installed (package clang or gcc)");
        string folder = ScratchDirectory.Create("aot");
        string[] publish =
        [
            "publish", Path.Combine(Repository.Root(), "tests", "peers", "AotProgram"), "--artifacts-path", folder, "--output", Path.Combine(folder, "out"),
            "--configuration", "Release", "--runtime", "linux-x64", "-p:PublishAot=true", "-p:StripSymbols=true", "-p:TrimmerSingleWarn=false",
            "-p:UseSharedCompilation=false", "-nodeReuse:false", "-nologo",
        ];
        ProgramResult published = Programs.Run(Programs.Require("dotnet"), publish, Limit);

        // The compiler comes as a package that no other test needs.
        Match missing = CannotRestore().Match(published.Output);
        Skip.If(published.ExitCode != 0 && missing.Success, $"the package of the native compiler is not to be had: {missing.Value}");
        Assert.True(published.ExitCode == 0, published.Output + published.Error);
        Assert.DoesNotContain("warning", published.Output, StringComparison.OrdinalIgnoreCase);

        ProgramResult run = Programs.Run(Path.Combine(folder, "out", "AotProgram"), [], ExampleProgram.Deadline);
        Assert.Equal("", run.Error);
        string[] lines = run.Output.Trim().Split('\n');
        Assert.Equal("syscall-threads: ahead of time, threads seen", lines[1]);
        if (HostFindings.Of(HostCapabilities.Read()).Any(finding => finding.NeededByIoUring && finding.State != FindingState.Present))
        {
            Assert.StartsWith("io-uring: unavailable: ", lines[0], StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal("io-uring: ahead of time, threads seen", lines[0]);
        }
    }

    [GeneratedRegex("NU1(101|102|301): [^\n]*")]
    private static partial Regex CannotRestore();
}
