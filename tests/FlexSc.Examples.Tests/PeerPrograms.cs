using System.Globalization;
using System.Net;
using FlexSc.Measuring;
using FlexSc.Measuring.Processes;
using FlexSc.Measuring.Servers;
using Xunit;

namespace FlexSc.Examples.Tests;

/// <summary>Other people's programs that the servers are tried with.</summary>
internal static class PeerPrograms
{
    private const int MemcachedAttempts = 5;

    /// <summary>The program's path; skips the test where it is not installed.</summary>
    public static string Require(string name, string package)
    {
        string? path = Programs.Find(name) ?? (File.Exists($"/usr/sbin/{name}") ? $"/usr/sbin/{name}" : null);
        Skip.If(path is null, $"{name} is not installed (package {package})");
        return path!;
    }

    /// <summary>Runs a program to its end.</summary>
    public static (int ExitCode, string Output) Run(string path, params string[] arguments)
    {
        ProgramResult result = Programs.Run(path, arguments, ExampleProgram.Deadline);
        return (result.ExitCode, result.Output + result.Error);
    }

    /// <summary>Starts memcached and waits until it accepts. It does not say which port it got for 0, so it is given one that was free a moment ago.</summary>
    public static ServerProcess StartMemcached()
    {
        string path = Require("memcached", "memcached");
        for (int attempt = 1; ; attempt++)
        {
            IPEndPoint endPoint = new(IPAddress.Loopback, FreePort.Take());

            // Its maintenance threads hold an item now and then, and an increment then stores in another shape.
            string[] command =
            [
                path, "-o", "no_lru_maintainer,no_lru_crawler", "-l", "127.0.0.1", "-U", "0", "-u", "nobody",
                "-p", endPoint.Port.ToString(CultureInfo.InvariantCulture),
            ];
            try
            {
                return ServerProcess.Start(ServerLaunch.Redirected(command), endPoint, "memcached", new NoCounters());
            }
            catch (MeasurementException) when (attempt < MemcachedAttempts)
            {
                // Somebody took the port.
            }
        }
    }
}
