using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FlexSc.Examples.Tests.Http;
using FlexSc.Measuring.Processes;
using FlexSc.Measuring.Servers;
using Xunit;

namespace FlexSc.Examples.Tests.Kv;

/// <summary>The programs on several addresses, on a Unix socket, and with TLS.</summary>
public sealed class ListenTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("flexsc-kv-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("flexsc")]
    [InlineData("akka-io")]
    public void Every_address_serves_the_same_items(string io)
    {
        using ServerProcess server = ExampleProgram.Kv.Start("--listen", "127.0.0.1:0", "--listen", "[::1]:0", "--listen", "localhost:0", "--io", io);
        Assert.Equal(3, server.Addresses.Count);
        using KvClient first = new(IPEndPoint.Parse(server.Addresses[0]));
        Assert.Equal("STORED", first.Ask("set a 0 0 1\r\nx\r\n"));
        foreach (string address in server.Addresses)
        {
            using KvClient client = new(IPEndPoint.Parse(address));
            Assert.Equal("VALUE a 0 1|x|END", client.Ask("get a\r\n"));
            Assert.Equal(3, client.Ask("stats conns\r\n").Split("conn_listening").Length - 1);
        }
    }

    [Fact]
    public async Task The_HTTP_server_listens_on_several_addresses_too()
    {
        using ServerProcess server = ExampleProgram.Http.Start("--listen", "127.0.0.1:0", "--listen", "[::1]:0");
        using HttpClient client = new() { Timeout = Patience };
        Assert.Equal(2, server.Addresses.Count);
        foreach (string address in server.Addresses)
        {
            Assert.Equal("Hello, World!", await client.GetStringAsync(new Uri($"{address}/plaintext")));
        }

        Assert.Equal(0, ExampleProgram.End(server, "TERM").ExitCode);
    }

    [Fact]
    public void A_Unix_socket_serves_those_who_may_write_to_it_and_is_gone_at_the_end()
    {
        string path = Path.Combine(_folder.FullName, "kv.sock");
        using (ServerProcess server = ExampleProgram.Kv.Start("--unix-socket", path, "--unix-socket-mode", "0660"))
        {
            Assert.Equal([$"unix:{path}"], server.Addresses);
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite, new FileInfo(path).UnixFileMode);
            using KvClient client = new(new UnixDomainSocketEndPoint(path));
            string value = new('v', 300_000);
            Assert.Equal("STORED", client.Ask($"set a 0 0 {value.Length}\r\n{value}\r\n"));
            Assert.Equal($"VALUE a 0 {value.Length}|{value}|END", client.Ask("get a\r\n"));
            string conns = client.Ask("stats conns\r\n");
            Assert.Contains($"STAT 0:addr unix:{path}|", conns, StringComparison.Ordinal);
            Assert.Contains($"STAT 1:addr unix:{path}|STAT 1:listen_addr unix:{path}|", conns, StringComparison.Ordinal);
            string settings = client.Ask("stats settings\r\n");
            Assert.Contains($"STAT domain_socket {path}|STAT umask 660|", settings, StringComparison.Ordinal);
            Assert.Contains("STAT tcpport 0|", settings, StringComparison.Ordinal);
            Assert.Equal(0, ExampleProgram.End(server, "TERM").ExitCode);
        }

        Assert.False(File.Exists(path));
    }

    [Fact]
    public void A_Unix_socket_stands_beside_addresses_and_one_left_behind_is_replaced()
    {
        string path = Path.Combine(_folder.FullName, "kv.sock");
        using (Socket left = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            left.Bind(new UnixDomainSocketEndPoint(path));
        }

        using ServerProcess server = ExampleProgram.Kv.Start("--unix-socket", path, "--listen", "127.0.0.1:0");
        using KvClient near = new(new UnixDomainSocketEndPoint(path));
        using KvClient far = new(server.EndPoint);
        Assert.Equal("STORED", near.Ask("set a 0 0 1\r\nx\r\n"));
        Assert.Equal("VALUE a 0 1|x|END", far.Ask("get a\r\n"));

        ProgramResult second = ExampleProgram.Kv.Run("--unix-socket", path);
        Assert.Equal(1, second.ExitCode);
        Assert.Contains($"error: cannot listen on {path}", second.Error, StringComparison.Ordinal);
        Assert.Equal("VALUE a 0 1|x|END", near.Ask("get a\r\n"));
    }

    [Theory]
    [InlineData("pooled")]
    [InlineData("akka")]
    public async Task With_TLS_it_shows_its_certificate_and_the_Unix_socket_stays_plain(string messages)
    {
        string certificatePath = Path.Combine(_folder.FullName, "certificate.pem");
        string keyPath = Path.Combine(_folder.FullName, "key.pem");
        string socketPath = Path.Combine(_folder.FullName, "kv.sock");
        using X509Certificate2 certificate = TestCertificate.Write(certificatePath, keyPath);
        using ServerProcess server = ExampleProgram.Kv.Start(
            "--listen", "127.0.0.1:0", "--unix-socket", socketPath, "--messages", messages, "--tls-certificate", certificatePath, "--tls-key", keyPath);
        using KvClient near = new(new UnixDomainSocketEndPoint(socketPath));
        string value = new('v', 300_000);
        Assert.Equal("STORED", near.Ask($"set a 0 0 {value.Length}\r\n{value}\r\n"));
        Assert.Contains($"STAT ssl_enabled yes|STAT ssl_chain_cert {certificatePath}|STAT ssl_key {keyPath}|", near.Ask("stats settings\r\n"), StringComparison.Ordinal);

        using TcpClient connection = new();
        await connection.ConnectAsync(server.EndPoint).WaitAsync(Patience);
        await using SslStream stream = new(connection.GetStream(), false, (_, shown, _, _) => shown!.GetCertHashString() == certificate.GetCertHashString());
        await stream.AuthenticateAsClientAsync("localhost").WaitAsync(Patience);
        await stream.WriteAsync("get a\r\nmg a t k\r\nquit\r\n"u8.ToArray()).AsTask().WaitAsync(Patience);
        using StreamReader reader = new(stream);
        Assert.Equal($"VALUE a 0 {value.Length}\r\n{value}\r\nEND\r\nHD t-1 ka\r\n", await reader.ReadToEndAsync().WaitAsync(Patience));
    }

    [Fact]
    public async Task For_development_it_makes_a_certificate_and_prints_its_SHA_256()
    {
        using ServerProcess server = ExampleProgram.Kv.Start("--port", "0", "--tls-dev");
        const string label = "SHA-256 ";
        string printed = server.Description[(server.Description.IndexOf(label, StringComparison.Ordinal) + label.Length)..];
        using TcpClient connection = new();
        await connection.ConnectAsync(server.EndPoint).WaitAsync(Patience);
        await using SslStream peer = new(connection.GetStream(), false, (_, shown, _, _) => shown!.GetCertHashString(HashAlgorithmName.SHA256) == printed);
        await peer.AuthenticateAsClientAsync("localhost").WaitAsync(Patience);
    }

    [Theory]
    [InlineData("--listen takes HOST:PORT", "--listen", "127.0.0.1")]
    [InlineData("--listen takes HOST:PORT", "--listen", "::1:80")]
    [InlineData("--listen takes HOST:PORT", "--listen", "127.0.0.1:65536")]
    [InlineData("--port has no meaning with --listen", "--listen", "127.0.0.1:0", "--port", "1")]
    [InlineData("--host has no meaning with --unix-socket", "--unix-socket", "a", "--host", "::1")]
    [InlineData("--unix-socket has no meaning with --io akka-io", "--unix-socket", "a", "--io", "akka-io")]
    [InlineData("--unix-socket-mode has no meaning without --unix-socket", "--unix-socket-mode", "0600")]
    [InlineData("--unix-socket-mode takes octal permissions", "--unix-socket", "a", "--unix-socket-mode", "0800")]
    [InlineData("--unix-socket-mode takes octal permissions", "--unix-socket", "a", "--unix-socket-mode", "1000")]
    [InlineData("--tls-key is missing", "--tls-certificate", "a.pem")]
    [InlineData("TLS has no meaning with --io akka-io", "--tls-dev", "--io", "akka-io")]
    public void Bad_options_are_named(string told, params string[] options)
    {
        ProgramResult result = ExampleProgram.Kv.Run(options);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(told, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_address_in_use_is_named_and_nothing_is_listened_on()
    {
        using ServerProcess first = ExampleProgram.Kv.Start("--port", "0");
        ProgramResult result = ExampleProgram.Kv.Run("--listen", "127.0.0.1:0", "--listen", $"{first.EndPoint}");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"error: cannot listen on {first.EndPoint}", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("listening on", result.Output, StringComparison.Ordinal);
    }
}
