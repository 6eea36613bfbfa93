using System.Diagnostics;
using System.Xml.Linq;
using FlexSc.Interop.Tests.Native;
using Xunit;

namespace FlexSc.Interop.Tests.Conformance;

/// <summary>The suite as it runs in a default container, where a seccomp filter bars io_uring.</summary>
public sealed class ConformanceWithoutIoUring
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    [SkippableFact]
    public async Task The_suite_passes_on_syscall_threads_and_skips_io_uring_with_the_reason()
    {
        string results = Directory.CreateTempSubdirectory("flexsc-results-").FullName;
        try
        {
            List<XElement> tests = await RunSuiteAsync(DenyIoUring.Wrap("EPERM", CommandLine(results)), results);
            ILookup<string, XElement> byOutcome = tests.ToLookup(test => test.Attribute("outcome")!.Value);
            string[] failures = [.. byOutcome["Failed"].Select(test => $"{NameOf(test)}: {MessageOf(test)}")];
            Assert.True(failures.Length == 0, string.Join('\n', failures));
            Assert.Contains(byOutcome["Passed"], test => NameOf(test).Contains(nameof(SyscallThreads0ConformanceTests), StringComparison.Ordinal));
            Assert.Contains(byOutcome["Passed"], test => NameOf(test).Contains(nameof(SyscallThreads2ConformanceTests), StringComparison.Ordinal));
            Assert.DoesNotContain(byOutcome["Passed"], test => NameOf(test).Contains("IoUring", StringComparison.Ordinal));
            Assert.NotEmpty(byOutcome["NotExecuted"]);
            Assert.All(byOutcome["NotExecuted"].Where(test => NameOf(test).Contains(nameof(IoUringConformanceTests), StringComparison.Ordinal)),
                test => Assert.Contains("seccomp", MessageOf(test), StringComparison.Ordinal));
        }
        finally
        {
            Directory.Delete(results, recursive: true);
        }
    }

    private static string[] CommandLine(string results) =>
    [
        "dotnet", "vstest", typeof(ConformanceWithoutIoUring).Assembly.Location,
        "--TestCaseFilter:FullyQualifiedName~ConformanceTests.", "--logger:trx;LogFileName=results.trx", $"--ResultsDirectory:{results}",
    ];

    private static async Task<List<XElement>> RunSuiteAsync(string[] commandLine, string results)
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

        string file = Path.Combine(results, "results.trx");
        Assert.True(File.Exists(file), $"{string.Join(' ', commandLine)} left no results:\n{await output}\n{await error}");
        return [.. XDocument.Load(file).Descendants().Where(element => element.Name.LocalName == "UnitTestResult")];
    }

    private static string NameOf(XElement test) => test.Attribute("testName")!.Value;

    private static string MessageOf(XElement test) =>
        test.Descendants().FirstOrDefault(element => element.Name.LocalName == "Message")?.Value ?? "";
}
