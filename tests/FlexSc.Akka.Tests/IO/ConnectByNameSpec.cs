using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using Xunit;
using Dns = Akka.IO.Dns;

namespace FlexSc.Akka.Tests.IO;

/// <summary>A name with several addresses, as a resolver of the test's own gives them.</summary>
public abstract class ConnectByNameSpec(string backend) : TcpFixture("""
        akka.io.dns.resolver = of-test
        akka.io.dns.of-test.provider-object = "FlexSc.Akka.Tests.IO.NamesOfTest, FlexSc.Akka.Tests"
        akka.io.tcp.finish-connect-retries = 0
        flexsc.tcp.connect-attempt-ms = 300
        """ + $"\nflexsc.loops.backend = {backend}")
{
    private static readonly IPAddress Listening = IPAddress.Loopback;
    private static readonly IPAddress Refusing = IPAddress.Parse("127.0.0.2");
    private static readonly IPAddress AlsoRefusing = IPAddress.Parse("127.0.0.3");
    private static readonly IPAddress Silent = IPAddress.Parse("127.0.0.4");

    [Fact]
    public async Task All_addresses_of_a_family_are_tried()
    {
        NamesOfTest.Names["several"] = [Refusing, AlsoRefusing, Listening];
        IPEndPoint endpoint = await BoundAsync();
        Connect(new DnsEndPoint("several", endpoint.Port));
        Tcp.Connected connected = await ExpectMsgAsync<Tcp.Connected>(Deadline);
        Assert.Equal(Listening, ((IPEndPoint)connected.RemoteAddress).Address);
        LastSender.Tell(Tcp.Abort.Instance);
    }

    [Fact]
    public async Task The_family_of_the_end_point_is_honoured()
    {
        NamesOfTest.Names["both"] = [IPAddress.IPv6Loopback, Listening];
        IPEndPoint endpoint = await BoundAsync();
        Connect(new DnsEndPoint("both", endpoint.Port, AddressFamily.InterNetworkV6));
        Tcp.CommandFailed failed = await ExpectMsgAsync<Tcp.CommandFailed>(Deadline);
        Assert.Contains("::1", failed.Cause.Value.Message, StringComparison.Ordinal);

        NamesOfTest.Names["four"] = [Listening];
        Connect(new DnsEndPoint("four", endpoint.Port, AddressFamily.InterNetworkV6));
        failed = await ExpectMsgAsync<Tcp.CommandFailed>(Deadline);
        Assert.Contains("no address of the family", failed.Cause.Value.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_does_not_answer_leaves_time_for_the_others()
    {
        IPEndPoint endpoint = await BoundAsync();
        using FullListener silent = new(new IPEndPoint(Silent, endpoint.Port));
        NamesOfTest.Names["silent"] = [Silent, Listening];
        Connect(new DnsEndPoint("silent", endpoint.Port));
        Tcp.Connected connected = await ExpectMsgAsync<Tcp.Connected>(Deadline);
        Assert.Equal(Listening, ((IPEndPoint)connected.RemoteAddress).Address);
        LastSender.Tell(Tcp.Abort.Instance);
    }

    [Fact]
    public async Task The_time_limit_is_over_all_addresses()
    {
        IPEndPoint endpoint = await BoundAsync();
        using FullListener silent = new(new IPEndPoint(Silent, endpoint.Port));

        // With the time that an address may have for each of them it would take a minute.
        NamesOfTest.Names["slow"] = [.. Enumerable.Repeat(Silent, 200)];
        TimeSpan limit = TimeSpan.FromMilliseconds(600);
        long start = Stopwatch.GetTimestamp();
        Connect(new DnsEndPoint("slow", endpoint.Port), limit);
        Tcp.CommandFailed failed = await ExpectMsgAsync<Tcp.CommandFailed>(Deadline);
        Assert.IsType<ConnectException>(failed.Cause.Value);
        Assert.True(Stopwatch.GetElapsedTime(start) >= limit * 0.9, "it failed before its time");
    }

    [Fact]
    public async Task A_resolver_that_fails_is_told()
    {
        Connect(new DnsEndPoint(NamesOfTest.Failing, 1));
        Tcp.CommandFailed failed = await ExpectMsgAsync<Tcp.CommandFailed>(Deadline);
        Assert.Contains("as told", failed.Cause.Value.Message, StringComparison.Ordinal);
    }

    private async Task<IPEndPoint> BoundAsync()
    {
        (TestProbe _, IPEndPoint endpoint) = await BindAsync();
        return endpoint;
    }

    private void Connect(EndPoint remote, TimeSpan? limit = null) =>
        Sys.FlexTcp().Tell(new Tcp.Connect(remote, timeout: limit), TestActor);
}

public sealed class ConnectByNameOnIoUringSpec() : ConnectByNameSpec("io-uring");

public sealed class ConnectByNameOnSyscallThreadsSpec() : ConnectByNameSpec("syscall-threads");

/// <summary>Names and their addresses; known at once, as from a cache.</summary>
public sealed class NamesOfTest : IDnsProvider
{
    public const string Failing = "fails";

    public static Dictionary<string, IPAddress[]> Names { get; } = [];

    public DnsBase Cache { get; } = new Known();

    public Type ActorClass => typeof(InetAddressDnsResolver);

    public Type ManagerClass => typeof(SimpleDnsManager);

    private sealed class Known : DnsBase
    {
        public override Dns.Resolved? Cached(string name) =>
            name == Failing ? throw new InvalidOperationException("as told") : Dns.Resolved.Create(name, Names[name]);
    }
}
