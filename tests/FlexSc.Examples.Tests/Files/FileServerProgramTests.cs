using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using FlexSc.Examples.Tests.Http;
using FlexSc.Measuring.Machine;
using FlexSc.Measuring.Processes;
using FlexSc.Measuring.Servers;
using Xunit;

namespace FlexSc.Examples.Tests.Files;

/// <summary>The file server as a program, with other people's clients and with raw bytes.</summary>
public sealed class FileServerProgramTests : IDisposable
{
    private const string Secret = "nobody is to see this";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("flexsc-files-");
    private readonly byte[] _large = RandomNumberGenerator.GetBytes(12_000_000);

    public FileServerProgramTests()
    {
        DirectoryInfo inner = _folder.CreateSubdirectory("root/inner");
        File.WriteAllText(PathOf("secret.txt"), Secret);
        File.WriteAllText(PathOf("root/small.txt"), "small");
        File.WriteAllText(PathOf("root/index.html"), "<p>the root");
        File.WriteAllBytes(PathOf("root/large.bin"), _large);
        File.WriteAllText(Path.Combine(inner.FullName, "index.html"), "<p>inner");
        File.CreateSymbolicLink(PathOf("root/out"), PathOf("secret.txt"));
        File.CreateSymbolicLink(PathOf("root/out-folder"), _folder.FullName);
        File.CreateSymbolicLink(PathOf("root/within"), "small.txt");
    }

    private string SocketPath => PathOf("files.sock");

    public void Dispose() => _folder.Delete(recursive: true);

    [SkippableFact]
    public void Curl_gets_the_same_bytes_over_a_Unix_socket_and_over_TLS()
    {
        string curl = PeerPrograms.Require("curl", "curl");
        string certificatePath = PathOf("certificate.pem");
        string keyPath = PathOf("key.pem");
        using X509Certificate2 certificate = TestCertificate.Write(certificatePath, keyPath);
        using ServerProcess server = Start(
            "--unix-socket", SocketPath, "--listen", "127.0.0.1:0", "--tls-certificate", certificatePath, "--tls-key", keyPath);
        Assert.Equal($"unix:{SocketPath}", server.Addresses[1]);
        Assert.StartsWith("https://127.0.0.1:", server.Addresses[0], StringComparison.Ordinal);
        string fetched = PathOf("fetched");
        string far = $"https://localhost:{server.EndPoint.Port}";
        string[][] ways = [["--unix-socket", SocketPath, "http://localhost"], ["-4", "--cacert", certificatePath, far]];
        foreach (string[] way in ways)
        {
            string[] options = ["-sS", .. way[..^1], "-o", fetched, "-w", "%{http_code} %{content_type} %{redirect_url}"];
            string host = way[^1];
            Assert.Equal((0, "200 application/octet-stream "), PeerPrograms.Run(curl, [.. options, $"{host}/large.bin"]));
            Assert.Equal(_large, File.ReadAllBytes(fetched));
            Assert.Equal(
                (0, "206 application/octet-stream "), PeerPrograms.Run(curl, [.. options, "-r", "1000000-1999999", $"{host}/large.bin"]));
            Assert.Equal(_large[1_000_000..2_000_000], File.ReadAllBytes(fetched));
            Assert.Equal((0, "200 text/html; charset=utf-8 "), PeerPrograms.Run(curl, [.. options, $"{host}/inner/"]));
            Assert.Equal("<p>inner", File.ReadAllText(fetched));
            Assert.Equal((0, $"301  {host}/inner/"), PeerPrograms.Run(curl, [.. options, $"{host}/inner"]));
            Assert.Equal((0, "200 application/octet-stream "), PeerPrograms.Run(curl, [.. options, $"{host}/within"]));
            Assert.Equal("small", File.ReadAllText(fetched));
        }

        // Whom nobody vouches for is not talked to, and plain HTTP is not spoken where TLS is.
        Assert.NotEqual(0, PeerPrograms.Run(curl, "-4", "-sS", $"{far}/small.txt").ExitCode);
        Assert.NotEqual(0, PeerPrograms.Run(curl, "-4", "-sS", $"http://localhost:{server.EndPoint.Port}/small.txt").ExitCode);
        Assert.Equal(0, ExampleProgram.End(server, "TERM").ExitCode);
        Assert.False(File.Exists(SocketPath));
    }

    [Theory]
    [InlineData("/../secret.txt", 404)]
    [InlineData("/inner/../../secret.txt", 404)]
    [InlineData("/%2e%2e/secret.txt", 404)]
    [InlineData("/..%2fsecret.txt", 400)]
    [InlineData("/%2e%2e%2fsecret.txt", 400)]
    [InlineData("//secret.txt", 404)]
    [InlineData("/./small.txt", 404)]
    [InlineData("/small.txt%00.html", 400)]
    [InlineData("/out", 404)]
    [InlineData("/out-folder/secret.txt", 404)]
    [InlineData("/out-folder", 404)]
    [InlineData("/nothing", 404)]
    [InlineData("/small.txt/", 404)]
    [InlineData("/plaintext", 404)]
    [InlineData("/pipe", 404)]
    public async Task Nothing_but_regular_files_below_the_root_is_served(string target, int status)
    {
        Assert.Equal(0, PeerPrograms.Run("/usr/bin/mkfifo", PathOf("root/pipe")).ExitCode);
        using ServerProcess server = Start("--port", "0");
        using RawClient client = await RawClient.ConnectAsync(server.EndPoint);
        string answer = await client.ExchangeAsync($"GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\r\0\u00ff\r\n\r\n", 400)]
    [InlineData("GET /small.txt\r\n\r\n", 400)]
    [InlineData("GET /small.txt HTTP/1.1\r\n\r\n", 400)]
    [InlineData("POST /small.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 405)]
    [InlineData("GET /small.txt HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", 400)]
    public async Task Bad_input_is_answered_and_the_server_goes_on(string request, int status)
    {
        using ServerProcess server = Start("--port", "0");
        using (RawClient client = await RawClient.ConnectAsync(server.EndPoint))
        {
            await client.SendWhatIsTakenAsync(request);
            Assert.StartsWith($"HTTP/1.1 {status} ", await client.ReadToEndAsync(), StringComparison.Ordinal);
        }

        using RawClient next = await RawClient.ConnectAsync(server.EndPoint);
        string answer = await next.ExchangeAsync("GET /small.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        Assert.EndsWith("small", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pipelined_requests_are_answered_in_order()
    {
        using ServerProcess server = Start("--port", "0", "--chunk-bytes", "4096", "--max-unsent-bytes", "8192");
        using RawClient client = await RawClient.ConnectAsync(server.EndPoint);
        const string head = " HTTP/1.1\r\nHost: a\r\n";
        string answers = await client.ExchangeAsync(
            $"GET /small.txt{head}\r\nGET /nothing{head}\r\nGET /large.bin{head}\r\nHEAD /large.bin{head}\r\n"
            + $"GET /inner/{head}Connection: close\r\n\r\n");
        string[] statuses = [.. answers.Split("HTTP/1.1 ").Skip(1).Select(static answer => answer[..3])];
        Assert.Equal(["200", "404", "200", "200", "200"], statuses);
        int length = answers.IndexOf($"Content-Length: {_large.Length}", StringComparison.Ordinal);
        int body = answers.IndexOf("\r\n\r\n", length, StringComparison.Ordinal) + 4;
        Assert.Equal(_large, Encoding.Latin1.GetBytes(answers.Substring(body, _large.Length)));
        Assert.EndsWith("<p>inner", answers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_is_late_or_takes_nothing_is_ended_and_its_file_closed()
    {
        using ServerProcess server = Start("--port", "0", "--timeout-s", "1");
        using RawClient late = await RawClient.ConnectAsync(server.EndPoint);
        using RawClient silent = await RawClient.ConnectAsync(server.EndPoint);
        using RawClient deaf = await RawClient.ConnectAsync(server.EndPoint, receiveBufferBytes: 4096);
        await deaf.SendAsync("GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 408 ", await late.TrickleAsync(), StringComparison.Ordinal);
        Assert.Equal("", await silent.ReadToEndAsync());

        // More than the kernel holds: with nothing read its file stays open until the connection is reset.
        await WaitUntilAsync(() => OpenFiles(server) == 0, "the file of a connection that takes nothing is still open");
        SocketException reset = await Assert.ThrowsAsync<SocketException>(async () => await deaf.ReadToEndAsync());
        Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
    }

    [Fact]
    public async Task A_client_that_goes_away_leaves_no_file_open()
    {
        using ServerProcess server = Start("--port", "0");
        using (RawClient client = await RawClient.ConnectAsync(server.EndPoint, receiveBufferBytes: 4096))
        {
            await client.SendAsync("GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n");
            await client.ReadUntilAsync("\r\n\r\n");
            await WaitUntilAsync(() => OpenFiles(server) == 1, "the file that is being sent is not open");
            client.Reset();
        }

        await WaitUntilAsync(() => OpenFiles(server) == 0, "the file of a connection that has ended is still open");
    }

    [Fact]
    public async Task One_connection_too_many_is_reset()
    {
        using ServerProcess server = Start("--port", "0", "--max-connections", "1");
        using RawClient first = await RawClient.ConnectAsync(server.EndPoint);
        await first.SendAsync("GET /small.txt HTTP/1.1\r\nHost: a\r\n\r\n");
        await first.ReadUntilAsync("small");
        await Assert.ThrowsAsync<SocketException>(async () =>
        {
            // The reset may come before the connection is known to be one, and before or after what is sent.
            using RawClient second = await RawClient.ConnectAsync(server.EndPoint);
            await second.SendAsync("GET /small.txt HTTP/1.1\r\nHost: a\r\n\r\n");
            await second.ReadToEndAsync();
        });
    }

    [Fact]
    public async Task What_is_under_way_at_a_signal_is_sent_to_its_end()
    {
        using ServerProcess server = Start("--port", "0", "--drain-ms", "60000");
        using RawClient idle = await RawClient.ConnectAsync(server.EndPoint);
        using RawClient client = await RawClient.ConnectAsync(server.EndPoint, receiveBufferBytes: 4096);
        await idle.SendAsync("HEAD /small.txt HTTP/1.1\r\nHost: a\r\n\r\n");
        await idle.ReadUntilAsync("\r\n\r\n");
        await client.SendAsync("GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n");
        await client.ReadUntilAsync("\r\n\r\n");
        server.Signal(NativeCalls.SignalTerminate);
        await ExampleProgram.WaitUntilRefusedAsync(server.EndPoint);
        await idle.ReadToEndAsync();
        string answer = await client.ReadToEndAsync();
        Assert.Equal(_large, Encoding.Latin1.GetBytes(answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]));
        ProgramResult end = server.WaitForEnd(ExampleProgram.Deadline);
        Assert.Equal((0, ""), (end.ExitCode, end.Error));
    }

    [Theory]
    [InlineData("--root: there is no folder '/does/not/exist'", "--root", "/does/not/exist")]
    [InlineData("--root", "--port", "0")]
    [InlineData("--io", "--root", "/", "--io", "akka-io")]
    [InlineData("--chunk-bytes must be a number from 512", "--root", "/", "--chunk-bytes", "0")]
    public void Bad_options_are_named(string told, params string[] options)
    {
        ProgramResult result = ExampleProgram.Files.Run(options);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(told, result.Error, StringComparison.Ordinal);
    }

    private static int OpenFiles(ServerProcess server) => new DirectoryInfo($"/proc/{server.ProcessId}/fd").EnumerateFileSystemInfos()
        .Count(static entry => entry.LinkTarget?.EndsWith("/large.bin", StringComparison.Ordinal) == true);

    private static async Task WaitUntilAsync(Func<bool> condition, string otherwise)
    {
        using CancellationTokenSource deadline = new(ExampleProgram.Deadline);
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(5));
        try
        {
            while (!condition())
            {
                await timer.WaitForNextTickAsync(deadline.Token);
            }
        }
        catch (OperationCanceledException)
        {
            Assert.Fail(otherwise);
        }
    }

    private ServerProcess Start(params string[] options) => ExampleProgram.Files.Start(["--root", PathOf("root"), .. options]);

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);
}
