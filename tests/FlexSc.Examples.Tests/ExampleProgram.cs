using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using FlexSc.Measuring.Machine;
using FlexSc.Measuring.Processes;
using FlexSc.Measuring.Servers;

namespace FlexSc.Examples.Tests;

/// <summary>An example as an operator meets it: a program of its own, run from the folder of the tests.</summary>
/// <param name="name">Of its assembly.</param>
internal sealed class ExampleProgram(string name)
{
    /// <summary>What a program may take that ends by itself.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    // Less than a server waits for what its clients may still ask for.
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(20);

    public static ExampleProgram Chat { get; } = new("Chat");

    public static ExampleProgram Files { get; } = new("FileServer");

    public static ExampleProgram Http { get; } = new("HttpServer");

    public static ExampleProgram Kv { get; } = new("KvServer");

    public static ExampleProgram QuickStart { get; } = new("QuickStart");

    // The tests reference the shared framework of Kestrel, which leaves packages out of their folder that the example brings
    // along elsewhere; so the example runs here with the tests' runtime configuration.
    private string[] Command
    {
        get
        {
            string tests = Path.Combine(AppContext.BaseDirectory, typeof(ExampleProgram).Assembly.GetName().Name!);
            string program = Path.Combine(AppContext.BaseDirectory, $"{name}.dll");
            return ["dotnet", "exec", "--runtimeconfig", $"{tests}.runtimeconfig.json", "--depsfile", $"{tests}.deps.json", program];
        }
    }

    /// <summary>Starts it and waits until it listens.</summary>
    public ServerProcess Start(params string[] arguments) => ServerProcess.Start(ServerLaunch.Redirected([.. Command, .. arguments]));

    /// <summary>Starts it with a limit on its descriptors; skips the test where there is no prlimit(1).</summary>
    public ServerProcess StartWithDescriptors(int count, params string[] arguments) =>
        StartBy(Limit(count), arguments);

    /// <summary>Starts it by another program, whose command line ends with its own.</summary>
    public ServerProcess StartBy(IEnumerable<string> launcher, params string[] arguments) =>
        ServerProcess.Start(ServerLaunch.Redirected([.. launcher, .. Command, .. arguments]));

    /// <summary>Runs it to its end.</summary>
    public ProgramResult Run(params string[] arguments) => RunToEnd([.. Command, .. arguments]);

    /// <summary>Runs it to its end by another program, whose command line ends with its own.</summary>
    public ProgramResult RunBy(IEnumerable<string> launcher, params string[] arguments) => RunToEnd([.. launcher, .. Command, .. arguments]);

    /// <summary>Its command line.</summary>
    public string[] CommandLine(params string[] arguments) => [.. Command, .. arguments];

    /// <summary>Runs it to its end with a limit on its descriptors; skips the test where there is no prlimit(1).</summary>
    public ProgramResult RunWithDescriptors(int count, params string[] arguments) => RunToEnd([.. Limit(count), .. Command, .. arguments]);

    /// <summary>Sends SIGTERM or SIGINT and waits for the end, which open connections do not hold up.</summary>
    /// <param name="server">The program.</param>
    /// <param name="signal">TERM or INT.</param>
    public static ProgramResult End(ServerProcess server, string signal)
    {
        server.Signal(signal == "TERM" ? NativeCalls.SignalTerminate : NativeCalls.SignalInterrupt);
        return server.WaitForEnd(StopLimit);
    }

    /// <summary>Waits until nobody listens on an endpoint any more. A connection that is still accepted is closed again.</summary>
    public static async Task WaitUntilRefusedAsync(IPEndPoint endPoint)
    {
        using CancellationTokenSource deadline = new(Deadline);
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(5));
        while (true)
        {
            using Socket late = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await late.ConnectAsync(endPoint, deadline.Token);
            }
            catch (SocketException refusal) when (refusal.SocketErrorCode == SocketError.ConnectionRefused)
            {
                return;
            }
            catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
            {
                // It waited in the backlog of a listener that closed.
            }

            await timer.WaitForNextTickAsync(deadline.Token);
        }
    }

    /// <summary>What it answers to "stats".</summary>
    public static JsonElement Stats(ServerProcess server)
    {
        using JsonDocument stats = JsonDocument.Parse(server.StatsLine());
        return stats.RootElement.Clone();
    }

    /// <summary>Its sockets, and its files below a folder. The runtime's own files come and go.</summary>
    public static int CountDescriptors(ServerProcess server, string? folder = null) => new DirectoryInfo($"/proc/{server.ProcessId}/fd").EnumerateFileSystemInfos()
        .Count(entry => entry.LinkTarget is { } target
            && (target.StartsWith("socket:", StringComparison.Ordinal) || (folder is not null && target.StartsWith(folder, StringComparison.Ordinal))));

    private static ProgramResult RunToEnd(string[] command) => Programs.Run(command[0], command.Skip(1), Deadline);

    private static string[] Limit(int descriptors) => [PeerPrograms.Require("prlimit", "util-linux"), $"--nofile={descriptors}"];
}
