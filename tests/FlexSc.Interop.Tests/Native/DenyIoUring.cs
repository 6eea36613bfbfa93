using FlexSc.Interop.Tests.Page;

namespace FlexSc.Interop.Tests.Native;

/// <summary>
/// The helper program that runs its command line without io_uring, as a default container would: a seccomp filter answers
/// EPERM, or ENOSYS when told so, to the three calls.
/// </summary>
internal static class DenyIoUring
{
    private static readonly Lazy<string> Compiled =
        new(() => NativeProgram.Compile("deny_io_uring", File.ReadAllText(SourceFile)));

    /// <summary>Path of the program, compiled on first use. Skips the test where there is no compiler.</summary>
    public static string Path
    {
        get
        {
            NativeProgram.RequireCompiler();
            return Compiled.Value;
        }
    }

    /// <summary>Command line that runs another one without io_uring.</summary>
    /// <param name="errorName">What the calls answer: EPERM or ENOSYS.</param>
    /// <param name="commandLine">Program and its arguments.</param>
    public static string[] Wrap(string errorName, params string[] commandLine) => [Path, $"--errno={errorName}", .. commandLine];

    private static string SourceFile =>
        System.IO.Path.Combine(CompilerProbe.RepositoryFolder("tests/FlexSc.Interop.Tests/Native"), "deny_io_uring.c");
}
