using FlexSc.Interop.Backends.Simulated;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Tests.Conformance;
using Xunit;

namespace FlexSc.Interop.Tests.Simulated;

/// <summary>Connections of the model: they move every byte in order, are bounded, and end as tcp(7) and unix(7) say.</summary>
public sealed class SimulatedStreamTests
{
    private static readonly SimulatedAddress Internet = SimulatedAddress.Loopback(SimulatedProgram.FamilyInternet, 5000);
    private static readonly SimulatedAddress Local = SimulatedAddress.OfPath("/socket");

    private readonly SimulatedKernel _kernel;
    private readonly SimulatedProgram _server;
    private readonly SimulatedProgram _client;

    public SimulatedStreamTests()
    {
        _kernel = new SimulatedKernel(1, SimulationProfile.Calm with { SocketBufferBytes = 1_000, MostSegmentBytes = 100 });
        _server = new SimulatedProgram(_kernel.StartProcess("server"));
        _client = new SimulatedProgram(_kernel.StartProcess("client"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Bytes_arrive_in_order_and_a_full_buffer_stops_the_sender(bool isLocal)
    {
        (long here, long there) = SimulatedProgram.Join(_server, _client, isLocal ? Local : Internet);
        byte[] sent = new byte[1_500];
        new Random(1).NextBytes(sent);
        Assert.Equal(1_000, _client.Send(there, sent));
        Assert.Equal(-Errno.Again, _client.Send(there, sent.AsSpan(1_000)));
        List<byte> received = [];
        while (received.Count < 1_000)
        {
            Assert.InRange(_server.Receive(here, 64, out byte[] part), 1, 64);
            received.AddRange(part);
        }

        Assert.Equal(500, _client.Send(there, sent.AsSpan(1_000)));
        while (received.Count < sent.Length)
        {
            _server.Receive(here, 1_000, out byte[] part);
            received.AddRange(part);
        }

        Assert.Equal(sent, received);
    }

    [Fact]
    public void A_half_closed_connection_ends_one_direction_behind_its_bytes()
    {
        (long here, long there) = SimulatedProgram.Join(_server, _client, Internet);
        _client.Send(there, "last"u8);
        Assert.Equal(0, _client.Call(SyscallNumber.Shutdown, there, 1));
        Assert.Equal(-RareErrno.BrokenPipe, _client.Send(there, "x"u8));
        Settle();
        Assert.Equal(4, _server.Receive(here, 10, out _));
        Assert.Equal(0, _server.Receive(here, 10, out _));
        Assert.Equal(5, _server.Send(here, "heard"u8));
        Settle();
        Assert.Equal(5, _client.Receive(there, 10, out byte[] answer));
        Assert.Equal("heard"u8, answer);
    }

    [Fact]
    public void A_close_without_lingering_resets()
    {
        (long here, long there) = SimulatedProgram.Join(_server, _client, Internet);
        PinnedBytes linger = new([1, 0, 0, 0, 0, 0, 0, 0]);
        Assert.Equal(0, _client.Call(SyscallNumber.SetSockOpt, there, 1, 13, linger.Address, linger.Length));
        _client.Close(there);
        Assert.Equal(-RareErrno.ConnectionReset, _server.Receive(here, 10, out _));
        Assert.Equal(-RareErrno.BrokenPipe, _server.Send(here, "x"u8));
        Assert.Equal(0, _server.Receive(here, 10, out _));
    }

    [Fact]
    public void A_close_with_unread_bytes_resets()
    {
        (long here, long there) = SimulatedProgram.Join(_server, _client, Internet);
        _server.Send(here, "unread"u8);
        Settle();
        _client.Close(there);
        Assert.Equal(-RareErrno.ConnectionReset, _server.Receive(here, 10, out _));
    }

    [Fact]
    public void Bytes_to_a_closed_socket_are_answered_by_a_reset()
    {
        (long here, long there) = SimulatedProgram.Join(_server, _client, Internet);
        _client.Close(there);
        Assert.Equal(0, _server.Receive(here, 10, out _));
        Assert.Equal(1, _server.Send(here, "x"u8));
        Settle();
        Assert.Equal(-RareErrno.BrokenPipe, _server.Send(here, "x"u8));
    }

    [Fact]
    public void A_connect_is_refused_where_nobody_listens_and_waits_where_the_backlog_is_full()
    {
        long socket = _client.NewSocket();
        Assert.Equal(-RareErrno.ConnectionRefused, _client.Connect(socket, Internet));
        long listener = _server.Listen(Internet, backlog: 0);
        Assert.Equal(0, _client.Connect(socket, Internet));

        // The one beyond the backlog comes in when there is room, a retransmission later.
        long second = _client.NewSocket();
        PinnedBytes address = new(Internet.Serialize(Internet.Family));
        Assert.Equal(-Errno.InProgress, _client.Call(SyscallNumber.Connect, second, address.Address, address.Length));
        _kernel.Step(_kernel.Clock.NowNs + _kernel.Profile.MostNetworkDelayNs);
        Assert.Equal(-Errno.Already, _client.Call(SyscallNumber.Connect, second, address.Address, address.Length));
        long refusedNs = _kernel.Clock.NowNs;
        _server.Accept(listener);
        Assert.Equal(0, _client.Connect(second, Internet));
        Assert.InRange(_kernel.Clock.NowNs - refusedNs, _kernel.Profile.RetransmissionNs / 2, long.MaxValue);
    }

    [Fact]
    public void A_local_connect_answers_again_where_the_backlog_is_full()
    {
        long listener = _server.Listen(Local, backlog: 0);
        PinnedBytes address = new(Local.Serialize(Local.Family));
        long Attempt(long socket) => _client.Call(SyscallNumber.Connect, socket, address.Address, address.Length);
        Assert.Equal(0, Attempt(_client.NewSocket(family: SimulatedProgram.FamilyUnix)));
        long second = _client.NewSocket(family: SimulatedProgram.FamilyUnix);
        Assert.Equal(-Errno.Again, Attempt(second));
        _server.Accept(listener);
        Assert.Equal(0, Attempt(second));
        PinnedBytes path = SimulatedProgram.Path("/socket");
        Assert.Equal(0, _server.Call(SyscallNumber.UnlinkAt, -100, path.Address));
        Assert.Equal(-Errno.NoEntry, Attempt(_client.NewSocket(family: SimulatedProgram.FamilyUnix)));
    }

    [Fact]
    public void A_crash_closes_what_the_process_had()
    {
        (_, long there) = SimulatedProgram.Join(_server, _client, Internet);
        _server.Listen(SimulatedAddress.Loopback(SimulatedProgram.FamilyInternet, 5001));
        long waiting = _client.NewSocket();
        Assert.Equal(0, _client.Connect(waiting, SimulatedAddress.Loopback(SimulatedProgram.FamilyInternet, 5001)));
        _client.Send(there, "unread"u8);
        Settle();
        _server.Process.Crash();
        Assert.Equal(0, _server.Process.OpenDescriptors);
        Assert.Equal(-RareErrno.ConnectionReset, _client.Receive(there, 10, out _));
        Assert.Equal(-RareErrno.ConnectionReset, _client.Receive(waiting, 10, out _));
        Assert.Equal(-RareErrno.ConnectionRefused, _client.Connect(_client.NewSocket(), Internet));
    }

    [Fact]
    public void Separated_parties_hear_of_each_other_once_they_are_joined()
    {
        (long here, long there) = SimulatedProgram.Join(_server, _client, Internet);
        _kernel.Partition(_server.Process, _client.Process, separated: true);
        _client.Send(there, "x"u8);
        long untilNs = 10 * _kernel.Profile.RetransmissionNs;
        while (_kernel.Step(untilNs))
        {
        }

        PinnedBytes memory = new(1);
        Assert.Equal(-Errno.Again, _server.Call(SyscallNumber.RecvFrom, here, memory.Address, 1));
        _kernel.Partition(_server.Process, _client.Process, separated: false);
        Assert.Equal(1, _server.Receive(here, 1, out _));
    }

    [Fact]
    public void Edges_tell_of_data_of_room_and_of_the_end()
    {
        (long here, long there) = SimulatedProgram.Join(_server, _client, Internet);
        Edges edges = new();
        Assert.Equal(0, _server.Process.Watch((int)here, 7, edges, again: false));
        Assert.Equal(-Errno.Exists, _server.Process.Watch((int)here, 7, edges, again: false));
        Settle();
        Assert.Equal([(7, OpenDescription.Out)], edges.Seen);

        edges.Seen.Clear();
        _client.Send(there, "x"u8);
        Settle();
        Assert.Equal([(7, OpenDescription.In | OpenDescription.Out)], edges.Seen);

        edges.Seen.Clear();
        Assert.Equal(1_000, _server.Send(here, new byte[1_001]));
        for (int received = 0; received < 1_000;)
        {
            received += (int)_client.Receive(there, 10, out _);
        }

        Settle();
        Assert.Equal([(7, OpenDescription.In | OpenDescription.Out)], edges.Seen);

        edges.Seen.Clear();
        _client.Close(there);
        Settle();
        Assert.All(edges.Seen, edge => Assert.Equal(OpenDescription.ReadHangUp, edge.Item2 & OpenDescription.ReadHangUp));
        Assert.NotEmpty(edges.Seen);
    }

    private void Settle()
    {
        while (_kernel.Step())
        {
        }
    }

    private sealed class Edges : IEdgeListener
    {
        public List<(ulong, uint)> Seen { get; } = [];

        public void OnEdge(ulong data, uint events) => Seen.Add((data, events));
    }
}
