using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace FlexSc.Examples.Tests.Kv;

/// <summary>Other people's programs that the server is tried with.</summary>
internal static class PeerPrograms
{
    private const int DeadlineMs = 60_000;

    public static string Require(string name, string package)
    {
        string? path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin")
            .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        Skip.If(path is null, $"{name} is not installed (package {package})");
        return path!;
    }

    /// <summary>Runs a program to its end.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(string path, params string[] arguments)
    {
        using Process process = Start(path, arguments);
        using CancellationTokenSource deadline = new(DeadlineMs);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(deadline.Token);
            Task<string> errors = process.StandardError.ReadToEndAsync(deadline.Token);
            await process.WaitForExitAsync(deadline.Token);
            return (process.ExitCode, await output + await errors);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    /// <summary>Starts memcached on a free port and waits until it accepts.</summary>
    public static (Process Process, IPEndPoint EndPoint) StartMemcached()
    {
        string path = Require("memcached", "memcached");
        for (int attempt = 0; attempt < 5; attempt++)
        {
            int port = FreePort();

            // Its maintenance threads hold an item now and then, and an increment then stores in another shape.
            Process process = Start(
                path, "-o", "no_lru_maintainer,no_lru_crawler", "-l", "127.0.0.1", "-U", "0", "-u", "nobody", "-p", port.ToString(CultureInfo.InvariantCulture));
            IPEndPoint endPoint = new(IPAddress.Loopback, port);
            if (WaitUntilAccepting(process, endPoint))
            {
                return (process, endPoint);
            }

            process.Dispose();
        }

        throw new InvalidOperationException("memcached accepts on no port it was given");
    }

    private static Process Start(string path, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(path, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;

    private static bool WaitUntilAccepting(Process process, IPEndPoint endPoint)
    {
        Stopwatch waited = Stopwatch.StartNew();
        while (!process.HasExited && waited.ElapsedMilliseconds < DeadlineMs)
        {
            using Socket probe = new(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                probe.Connect(endPoint);
                return true;
            }
            catch (SocketException failure) when (failure.SocketErrorCode == SocketError.ConnectionRefused)
            {
                process.WaitForExit(TimeSpan.FromMilliseconds(10));
            }
        }

        return false;
    }

    // memcached does not say which port it got for 0, so one is taken that was free a moment ago.
    private static int FreePort()
    {
        using Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
