using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Xunit;

namespace FlexSc.Interop.Tests.Page;

/// <summary>An architecture whose headers are compared with.</summary>
public enum HeadersOf
{
    /// <summary>x86-64.</summary>
    X64,

    /// <summary>arm64.</summary>
    Arm64,
}

/// <summary>Asks C compilers for the values of expressions, so that the mirrors are compared with the headers themselves.</summary>
internal static class CompilerProbe
{
    private const int CompileTimeoutMs = 60_000;
    private const string Section = "flexsc_probe";

    /// <summary>
    /// The values of constant expressions with an architecture's headers, on any machine: they are read from what was compiled, which is
    /// not run. Skips the test where there is no compiler for it.
    /// </summary>
    public static IReadOnlyDictionary<string, long> Evaluate(HeadersOf architecture, IEnumerable<string> includes, IEnumerable<string> expressions)
    {
        string tools = RequireTools(architecture);
        string[] asked = expressions.Distinct().ToArray();
        StringBuilder source = new();
        source.AppendLine("#include <stddef.h>");
        AppendIncludes(source, includes);
        source.AppendLine(CultureInfo.InvariantCulture, $"__attribute__((used, section(\"{Section}\"))) static const long long values[] = {{");
        foreach (string expression in asked)
        {
            source.AppendLine(CultureInfo.InvariantCulture, $"(long long)({expression}),");
        }

        source.AppendLine("};");
        return InFolder(folder =>
        {
            string file = Path.Combine(folder, "probe.c");
            string compiled = Path.Combine(folder, "probe.o");
            string values = Path.Combine(folder, "values");
            File.WriteAllText(file, source.ToString());
            Run($"{tools}gcc", "-D_GNU_SOURCE", "-Wall", "-Werror", "-I", RepositoryFolder("kernel"), "-c", "-o", compiled, file);
            Run($"{tools}objcopy", "-O", "binary", $"--only-section={Section}", compiled, values);
            ReadOnlySpan<long> read = MemoryMarshal.Cast<byte, long>(File.ReadAllBytes(values));
            Assert.Equal(asked.Length, read.Length);
            Dictionary<string, long> found = [];
            for (int i = 0; i < asked.Length; i++)
            {
                found[asked[i]] = read[i];
            }

            return found;
        });
    }

    /// <summary>Names of the macros that a header of an architecture defines. Skips the test where there is no compiler for it.</summary>
    public static IReadOnlyList<string> MacrosOf(HeadersOf architecture, string header, string prefix)
    {
        string begin = $"#define {prefix}";
        return [.. Run($"{RequireTools(architecture)}gcc", "-dM", "-E", "-include", header, "-x", "c", "/dev/null")
            .Split('\n').Where(line => line.StartsWith(begin, StringComparison.Ordinal)).Select(static line => line.Split(' ')[1])];
    }

    /// <summary>Compares what the library has with an architecture's headers, by C expressions.</summary>
    public static void Compare(HeadersOf architecture, IReadOnlyDictionary<string, long> mirror, params string[] includes)
    {
        IReadOnlyDictionary<string, long> header = Evaluate(architecture, includes, mirror.Keys);
        Assert.Equal(mirror.OrderBy(pair => pair.Key, StringComparer.Ordinal), header.OrderBy(pair => pair.Key, StringComparer.Ordinal));
    }

    /// <summary>Compiles and runs a program that prints each expression as a 64-bit number. Skips the test where there is no compiler.</summary>
    public static IReadOnlyDictionary<string, long> Evaluate(IEnumerable<string> includes, IEnumerable<string> expressions)
    {
        Skip.IfNot(File.Exists("/usr/bin/gcc"), "gcc is not installed: install gcc and libc6-dev to compare with the C headers");

        string[] asked = expressions.Distinct().ToArray();
        StringBuilder source = new();
        source.AppendLine("#include <stdio.h>").AppendLine("#include <stddef.h>");
        AppendIncludes(source, includes);
        source.AppendLine("int main(void) {");
        foreach (string expression in asked)
        {
            source.AppendLine(CultureInfo.InvariantCulture, $"printf(\"%lld\\n\", (long long)({expression}));");
        }

        source.AppendLine("return 0; }");

        return InFolder(folder =>
        {
            string file = Path.Combine(folder, "probe.c");
            string program = Path.Combine(folder, "probe");
            File.WriteAllText(file, source.ToString());
            Run("/usr/bin/gcc", "-Wall", "-Werror", "-I", RepositoryFolder("kernel"), "-o", program, file);
            string[] lines = Run(program).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(asked.Length, lines.Length);
            return asked.Zip(lines).ToDictionary(pair => pair.First, pair => long.Parse(pair.Second, CultureInfo.InvariantCulture));
        });
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

    /// <returns>What the names of the architecture's compiler and its tools begin with.</returns>
    private static string RequireTools(HeadersOf architecture)
    {
        (string tools, string packages) = architecture == HeadersOf.Arm64
            ? ("/usr/bin/aarch64-linux-gnu-", "gcc-aarch64-linux-gnu and libc6-dev-arm64-cross")
            : ("/usr/bin/x86_64-linux-gnu-", "gcc and libc6-dev, on another machine gcc-x86-64-linux-gnu and libc6-dev-amd64-cross");
        Skip.IfNot(File.Exists($"{tools}gcc"), $"{tools}gcc is not there: install {packages} to compare with the C headers");
        return tools;
    }

    private static void AppendIncludes(StringBuilder source, IEnumerable<string> includes)
    {
        foreach (string include in includes)
        {
            source.AppendLine(CultureInfo.InvariantCulture, $"#include {include}");
        }
    }

    private static T InFolder<T>(Func<string, T> work)
    {
        string folder = Directory.CreateTempSubdirectory("flexsc-abi-").FullName;
        try
        {
            return work(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
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
