using System.Net.Sockets;
using System.Text;
using FlexSc.Examples.Chat;
using FlexSc.Examples.FileServer;
using FlexSc.Examples.HttpServer.Service;
using FlexSc.Examples.KvServer.Service;
using FlexSc.Examples.Shared;
using FlexSc.Examples.Tests.Kv;
using FlexSc.Examples.Tests;
using FlexSc.Measuring.Builds;
using FlexSc.Measuring.Servers;
using Xunit;

namespace FlexSc.Packaging.Tests.Containers;

/// <summary>A server that has an image, and how it shows that it serves.</summary>
internal sealed class ContainedService
{
    private const string Chat = "Chat";
    private const string Files = "FileServer";
    private const string Http = "HttpServer";
    private const string Kv = "KvServer";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private ContainedService(string name) => Name = name;

    /// <summary>Names of all.</summary>
    public static IEnumerable<string> Names => [Chat, Files, Http, Kv];

    public string Name { get; }

    /// <summary>From the folder of the tests.</summary>
    public ExampleProgram Program => Name switch
    {
        Chat => ExampleProgram.Chat,
        Files => ExampleProgram.Files,
        Http => ExampleProgram.Http,
        _ => ExampleProgram.Kv,
    };

    /// <summary>What it listens on where nothing was asked for.</summary>
    public int Port => Options.Port;

    /// <summary>Arguments without which it does not start.</summary>
    public string[] Needed => Name == Files ? ["--root", ServedFolder] : [];

    private ServerOptions Options => Name switch
    {
        Chat => new ChatOptions(),
        Files => new FileServerOptions(),
        Http => new HttpServerOptions(),
        _ => new KvServerOptions(),
    };

    /// <summary>What is served where files are: it is there for everybody to read.</summary>
    private static string ServedFolder => Path.Combine(Repository.Root(), "docs", "containers");

    public static ContainedService Of(string name) => new(name);

    /// <summary>The arguments of an image, for a machine that has no volumes of its own: with folders that are there.</summary>
    public static string[] Here(IEnumerable<string> arguments) => [.. arguments.Select(static argument => argument == "/files" ? ServedFolder : argument)];

    /// <summary>Asks it as a client does, by 127.0.0.1, and compares the answer.</summary>
    public async Task ServeAsync(ServerProcess server)
    {
        int port = server.EndPoint.Port;
        switch (Name)
        {
            case Http:
                Assert.Equal("Hello, World!", await GetAsync($"http://127.0.0.1:{port}/plaintext"));
                break;
            case Files:
                string file = Path.Combine(ServedFolder, "seccomp.json");
                Assert.Equal(await File.ReadAllTextAsync(file), await GetAsync($"http://127.0.0.1:{port}/{Path.GetFileName(file)}"));
                break;
            case Chat:
                using (TcpClient client = new("127.0.0.1", port) { ReceiveTimeout = (int)Patience.TotalMilliseconds })
                {
                    using StreamReader reader = new(client.GetStream(), Encoding.UTF8);
                    Assert.StartsWith("* welcome, guest-", await reader.ReadLineAsync().WaitAsync(Patience), StringComparison.Ordinal);
                }

                break;
            default:
                using (KvClient client = new(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, port)))
                {
                    string value = new('v', 500_000);
                    Assert.Equal("STORED", client.Ask($"set a 0 0 {value.Length}\r\n{value}\r\n"));
                    Assert.Equal($"VALUE a 0 {value.Length}|{value}|END", client.Ask("get a\r\n"));
                }

                break;
        }
    }

    private static async Task<string> GetAsync(string address)
    {
        using HttpClient http = new() { Timeout = Patience };
        return await http.GetStringAsync(new Uri(address));
    }
}
