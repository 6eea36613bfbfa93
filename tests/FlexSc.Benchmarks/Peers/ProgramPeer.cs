using System.Globalization;
using System.Net;
using FlexSc.Measuring.Processes;
using FlexSc.Measuring.Servers;

namespace FlexSc.Benchmarks.Peers;

/// <summary>A server of the distribution that is told its port and counts nothing that is asked for here.</summary>
/// <param name="Name">As the options and tables spell it.</param>
/// <param name="Program">Its program.</param>
/// <param name="Arguments">Its arguments, for a port and a number of threads.</param>
internal sealed record ProgramPeer(string Name, string Program, Func<string, string, string[]> Arguments) : Peer(Name, IsManaged: false)
{
    /// <summary>Connections that memcached accepts, and so its limit of open files.</summary>
    public const string MemcachedConnections = "8192";

    /// <summary>Worker threads as the cores are; memory for all keys.</summary>
    public static string[] Memcached(string port, string threads) =>
        ["-l", "127.0.0.1", "-p", port, "-U", "0", "-t", threads, "-c", MemcachedConnections, "-m", "256", .. Environment.IsPrivilegedProcess ? ["-u", "root"] : (string[])[]];

    /// <summary>Nothing is written to disk; redis serves from one thread.</summary>
    public static string[] Redis(string port, string threads) =>
        ["--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no", "--protected-mode", "no", "--daemonize", "no"];

    public override ServerProcess Start(PeerPlace place)
    {
        string program = Packages.Require(Program);
        IPEndPoint endPoint = new(IPAddress.Loopback, FreePort.Take());
        string port = endPoint.Port.ToString(CultureInfo.InvariantCulture);
        string[] arguments = Arguments(port, place.Loops.ToString(CultureInfo.InvariantCulture));
        return ServerProcess.Start(
            ServerLaunch.Create([.. place.Wrapper, program, .. arguments], place.Cpus), endPoint, Packages.VersionOf(Program), new NoCounters());
    }
}
