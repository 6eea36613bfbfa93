using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FlexSc.Examples.Tests.Kv;
using FlexSc.Measuring.Processes;
using FlexSc.Measuring.Servers;
using Xunit;

namespace FlexSc.Examples.Tests.Http;

/// <summary>The program with TLS, and other people's clients.</summary>
public sealed class HttpsProgramTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [SkippableTheory]
    [InlineData("pooled")]
    [InlineData("akka")]
    public async Task Curl_and_the_runtimes_client_check_its_certificate(string messages)
    {
        string curl = PeerPrograms.Require("curl", "curl");
        DirectoryInfo folder = Directory.CreateTempSubdirectory("flexsc-https-");
        try
        {
            string certificatePath = Path.Combine(folder.FullName, "certificate.pem");
            string keyPath = Path.Combine(folder.FullName, "key.pem");
            using X509Certificate2 certificate = TestCertificate.Write(certificatePath, keyPath);
            byte[] large = RandomNumberGenerator.GetBytes(3_000_000);
            await File.WriteAllBytesAsync(Path.Combine(folder.FullName, "large.bin"), large);
            using ServerProcess server = ExampleProgram.Http.Start(
                "--port", "0", "--pin", "off", "--messages", messages, "--root", folder.FullName, "--tls-certificate", certificatePath, "--tls-key", keyPath);
            IPEndPoint endpoint = server.EndPoint;

            string target = Path.Combine(folder.FullName, "fetched.bin");
            string address = $"https://localhost:{endpoint.Port}";
            (int exitCode, string output) = PeerPrograms.Run(
                curl, "-4", "-sS", "--cacert", certificatePath, "-o", target, $"{address}/large.bin", "-w", "%{http_code} %{ssl_verify_result}");
            Assert.Equal((0, "200 0"), (exitCode, output));
            Assert.Equal(large, await File.ReadAllBytesAsync(target));
            (exitCode, output) = PeerPrograms.Run(curl, "-4", "-sS", $"{address}/plaintext");
            Assert.NotEqual(0, exitCode);
            Assert.Contains("certificate", output, StringComparison.OrdinalIgnoreCase);

            using SocketsHttpHandler handler = new()
            {
                SslOptions = new SslClientAuthenticationOptions
                {
                    CertificateChainPolicy = new X509ChainPolicy
                    {
                        TrustMode = X509ChainTrustMode.CustomRootTrust,
                        CustomTrustStore = { certificate },
                        RevocationMode = X509RevocationMode.NoCheck,
                    },
                },
            };
            using HttpClient client = new(handler) { Timeout = Patience };
            for (int i = 0; i < 3; i++)
            {
                Assert.Equal("Hello, World!", await client.GetStringAsync(new Uri($"https://127.0.0.1:{endpoint.Port}/plaintext")));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task For_development_it_makes_a_certificate_and_prints_its_SHA_256()
    {
        using ServerProcess server = ExampleProgram.Http.Start("--port", "0", "--pin", "off", "--tls-dev");
        const string label = "SHA-256 ";
        string description = server.Description;
        string printed = description[(description.IndexOf(label, StringComparison.Ordinal) + label.Length)..];
        IPEndPoint endpoint = server.EndPoint;
        using TcpClient connection = new();
        await connection.ConnectAsync(endpoint);
        await using SslStream peer = new(connection.GetStream(), false, (_, shown, _, _) => shown!.GetCertHashString(HashAlgorithmName.SHA256) == printed);
        await peer.AuthenticateAsClientAsync("localhost").WaitAsync(Patience);
    }

    [Theory]
    [InlineData("--tls-key is missing", "--tls-certificate", "a.pem")]
    [InlineData("--tls-certificate is missing", "--tls-key", "a.pem")]
    [InlineData("--tls-dev has no meaning", "--tls-dev", "--tls-certificate", "a.pem", "--tls-key", "a.pem")]
    [InlineData("TLS has no meaning with --io akka-io", "--tls-dev", "--io", "akka-io")]
    public void Options_that_exclude_each_other_exit_2(string told, params string[] options)
    {
        ProgramResult result = ExampleProgram.Http.Run(options);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(told, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_that_cannot_be_read_exits_1_and_is_named()
    {
        ProgramResult result = ExampleProgram.Http.Run("--port", "0", "--tls-certificate", "/does/not/exist.pem", "--tls-key", "/does/not/exist.key");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("/does/not/exist.pem", result.Error, StringComparison.Ordinal);
    }
}
