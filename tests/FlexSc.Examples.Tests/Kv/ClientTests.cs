using System.Security.Cryptography.X509Certificates;
using FlexSc.Examples.Tests.Http;
using FlexSc.Measuring.Builds;
using FlexSc.Measuring.Processes;
using FlexSc.Measuring.Servers;
using Xunit;

namespace FlexSc.Examples.Tests.Kv;

/// <summary>Other people's clients as their users write them; those of libmemcached's own tools are in <see cref="PeerTests"/>.</summary>
public sealed class ClientTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("flexsc-clients-");

    public void Dispose() => _folder.Delete(recursive: true);

    [SkippableTheory]
    [InlineData("pooled")]
    [InlineData("akka")]
    public void Pymemcache_over_TCP_Unix_socket_and_TLS(string messages)
    {
        string python = RequirePython("pymemcache");
        string certificatePath = Path.Combine(_folder.FullName, "certificate.pem");
        string keyPath = Path.Combine(_folder.FullName, "key.pem");
        string socketPath = Path.Combine(_folder.FullName, "kv.sock");
        using X509Certificate2 certificate = TestCertificate.Write(certificatePath, keyPath);
        using ServerProcess plain = ExampleProgram.Kv.Start("--listen", "127.0.0.1:0", "--unix-socket", socketPath, "--messages", messages);
        using ServerProcess secure = ExampleProgram.Kv.Start("--port", "0", "--messages", messages, "--tls-certificate", certificatePath, "--tls-key", keyPath);

        RunScript(python, "with_pymemcache.py", "127.0.0.1", $"{plain.EndPoint.Port}", socketPath, $"{secure.EndPoint.Port}", certificatePath);
    }

    [SkippableTheory]
    [InlineData("pooled")]
    [InlineData("akka")]
    public void Pylibmc_over_TCP_and_Unix_socket(string messages)
    {
        string python = RequirePython("pylibmc");
        string socketPath = Path.Combine(_folder.FullName, "kv.sock");
        using ServerProcess server = ExampleProgram.Kv.Start("--listen", "127.0.0.1:0", "--unix-socket", socketPath, "--messages", messages);

        RunScript(python, "with_pylibmc.py", $"{server.EndPoint}", socketPath);
    }

    // Debian's interpreter first: another one in PATH does not see what Debian's packages install.
    private static string RequirePython(string module)
    {
        string? python = new[] { "/usr/bin/python3", Programs.Find("python3") }.OfType<string>().FirstOrDefault(
            path => File.Exists(path) && Programs.Run(path, ["-c", $"import {module}"], ExampleProgram.Deadline).ExitCode == 0);
        Skip.If(python is null, $"no python3 with the module {module} (package python3-{module})");
        return python!;
    }

    private static void RunScript(string python, string name, params string[] arguments)
    {
        string script = Path.Combine(Repository.Root(), "tests", "FlexSc.Examples.Tests", "Kv", "clients", name);
        (int exitCode, string output) = PeerPrograms.Run(python, [script, .. arguments]);
        Assert.True(exitCode == 0, output);
        Assert.Equal("ok", output.Trim());
    }
}
