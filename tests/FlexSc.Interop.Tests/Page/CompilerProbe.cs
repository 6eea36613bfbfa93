using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Xunit;

namespace FlexSc.Interop.Tests.Page;

/// <summary>Asks the C compiler for the values of expressions, so that the mirrors are compared with the headers themselves.</summary>
internal static class CompilerProbe
{
    private const int CompileTimeoutMs = 60_000;

    /// <summary>Compiles and runs a program that prints each expression as a 64-bit number. Skips the test where there is no compiler.</summary>
    public static IReadOnlyDictionary<string, long> Evaluate(IEnumerable<string> includes, IEnumerable<string> expressions)
    {
        Skip.IfNot(File.Exists("/usr/bin/gcc"), "gcc is not installed: install gcc and libc6-dev to compare with the C headers");

        string[] asked = expressions.Distinct().ToArray();
        StringBuilder source = new();
        source.AppendLine("#include <stdio.h>").AppendLine("#include <stddef.h>");
        foreach (string include in includes)
        {
            source.AppendLine(CultureInfo.InvariantCulture, $"#include {include}");
        }

        source.AppendLine("int main(void) {");
        foreach (string expression in asked)
        {
            source.AppendLine(CultureInfo.InvariantCulture, $"printf(\"%lld\\n\", (long long)({expression}));");
        }

        source.AppendLine("return 0; }");

        string folder = Directory.CreateTempSubdirectory("flexsc-abi-").FullName;
        try
        {
            string file = Path.Combine(folder, "probe.c");
            string program = Path.Combine(folder, "probe");
            File.WriteAllText(file, source.ToString());
            Run("/usr/bin/gcc", "-Wall", "-Werror", "-I", RepositoryFolder("kernel"), "-o", program, file);
            string[] lines = Run(program).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(asked.Length, lines.Length);
            return asked.Zip(lines).ToDictionary(pair => pair.First, pair => long.Parse(pair.Second, CultureInfo.InvariantCulture));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Adds the offset of each field, under the C expression that asks for it.</summary>
    public static void AddOffsets<T>(Dictionary<string, long> mirror, string structure, params (string C, string CSharp)[] fields)
    {
        foreach ((string c, string cSharp) in fields)
        {
            mirror[$"offsetof(struct {structure}, {c})"] = (long)Marshal.OffsetOf<T>(cSharp);
        }
    }

    /// <summary>A folder of the repository that the tests were built from.</summary>
    public static string RepositoryFolder(string name)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "FlexScAkka.sln")))
            {
                return Path.Combine(folder.FullName, name);
            }
        }

        throw new DirectoryNotFoundException("FlexScAkka.sln is in no folder above the tests");
    }

    /// <summary>Runs a program that must succeed and answers what it printed.</summary>
    public static string Run(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(CompileTimeoutMs), $"{program} did not end within {CompileTimeoutMs} ms");
        Assert.True(process.ExitCode == 0, $"{program} failed: {error.Result}");
        return output;
    }
}
