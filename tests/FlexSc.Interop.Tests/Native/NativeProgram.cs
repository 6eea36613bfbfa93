using System.Diagnostics;
using FlexSc.Interop.Tests.Page;
using Xunit;

namespace FlexSc.Interop.Tests.Native;

/// <summary>How a program that was run ended.</summary>
internal sealed record ProgramResult(int ExitCode, string Output, string Error);

/// <summary>Compiles C programs of the tests and runs programs.</summary>
internal static class NativeProgram
{
    private const string Compiler = "/usr/bin/gcc";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>Skips the test where there is no compiler.</summary>
    public static void RequireCompiler() =>
        Skip.IfNot(File.Exists(Compiler), "gcc is not installed: install gcc, libc6-dev and linux-libc-dev for the tests' helper programs");

    /// <summary>Compiles a program into the folder of the tests, where it stays for use by hand, and answers its path.</summary>
    public static string Compile(string name, string source)
    {
        string folder = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "native")).FullName;
        string program = Path.Combine(folder, name);

        // Moved into place when complete: another run of the tests may be executing it.
        string unique = $"{program}.{Environment.ProcessId}";
        string file = unique + ".c";
        File.WriteAllText(file, source);
        try
        {
            CompilerProbe.Run(Compiler, "-Wall", "-Wextra", "-Werror", "-O2", "-o", unique, file);
            File.Move(unique, program, overwrite: true);
        }
        finally
        {
            File.Delete(file);
        }

        return program;
    }

    /// <summary>Runs a command line to its end.</summary>
    public static async Task<ProgramResult> RunAsync(params string[] commandLine)
    {
        ProcessStartInfo start = new(commandLine[0], commandLine[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(Deadline);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return new ProgramResult(process.ExitCode, await output, await error);
    }
}
