using System.Text;
using FlexSc.Interop.Backends.Readiness;
using FlexSc.Interop.Backends.Simulated;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Tests.Conformance;
using Xunit;

namespace FlexSc.Interop.Tests.Simulated;

/// <summary>What comes along with messages of the model: descriptors as unix(7) passes them, errors as ip(7) queues them; and inotify(7).</summary>
public sealed unsafe class SimulatedMessageTests
{
    private const ushort NumberEventCounter = 290;
    private const int LevelSocket = 1; // SOL_SOCKET
    private const int Rights = 1; // SCM_RIGHTS
    private const int ControlCut = 0x8; // MSG_CTRUNC
    private const long ErrorQueue = 0x2000; // MSG_ERRQUEUE
    private const int ErrorOfIp = 11; // IP_RECVERR
    private static readonly SimulatedAddress Local = SimulatedAddress.OfPath("/socket");

    private readonly SimulatedKernel _kernel = new(1, SimulationProfile.Calm);
    private readonly SimulatedProgram _server;
    private readonly SimulatedProgram _client;

    public SimulatedMessageTests()
    {
        _server = new SimulatedProgram(_kernel.StartProcess("server"));
        _client = new SimulatedProgram(_kernel.StartProcess("client"));
    }

    [Fact]
    public void Descriptors_come_with_the_byte_they_were_sent_with_and_with_none_behind()
    {
        (long here, long there) = SimulatedProgram.Join(_server, _client, Local);
        long passed = _client.Call(NumberEventCounter);
        OpenDescription description = _client.Process.Find(passed)!;
        _client.Send(there, "ab"u8);
        Assert.Equal(2, SendWith(there, "cd"u8, passed));
        _client.Send(there, "ef"u8);
        _client.Close(passed);
        Settle();
        (string text, int[] came, int flags) = ReceiveWith(here, mostDescriptors: 4);
        Assert.Equal(("abcd", 0), (text, flags));
        Assert.Same(description, _server.Process.Find(Assert.Single(came)));
        Assert.True(description.IsOpen);
        _server.Close(came[0]);
        Assert.False(description.IsOpen);
        (text, came, flags) = ReceiveWith(here, mostDescriptors: 4);
        Assert.Equal(("ef", 0), (text, flags));
        Assert.Empty(came);
    }

    [Fact]
    public void Descriptors_for_which_there_is_no_room_are_closed_and_that_is_told()
    {
        (long here, long there) = SimulatedProgram.Join(_server, _client, Local);
        long first = _client.Call(NumberEventCounter);
        long second = _client.Call(NumberEventCounter);
        OpenDescription lost = _client.Process.Find(second)!;
        Assert.Equal(1, SendWith(there, "x"u8, first, second));
        _client.Close(first);
        _client.Close(second);
        Settle();
        (_, int[] came, int flags) = ReceiveWith(here, mostDescriptors: 1);
        Assert.Single(came);
        Assert.Equal(ControlCut, flags);
        Assert.False(lost.IsOpen);
    }

    [Fact]
    public void Descriptors_that_nobody_receives_are_closed_with_the_socket()
    {
        (long here, long there) = SimulatedProgram.Join(_server, _client, Local);
        long passed = _client.Call(NumberEventCounter);
        OpenDescription description = _client.Process.Find(passed)!;
        SendWith(there, "x"u8, passed);
        _client.Close(passed);
        Settle();
        Assert.True(description.IsOpen);
        _server.Close(here);
        Settle();
        Assert.False(description.IsOpen);
    }

    [Fact]
    public void The_queue_of_errors_tells_who_was_not_there()
    {
        long socket = _client.NewSocket(SimulatedProgram.Datagram);
        PinnedBytes on = new(BitConverter.GetBytes(1));
        Assert.Equal(0, _client.Call(SyscallNumber.SetSockOpt, socket, 0, ErrorOfIp, on.Address, on.Length));
        foreach (int port in (int[])[7, 9])
        {
            PinnedBytes target = new(SimulatedAddress.Loopback(SimulatedProgram.FamilyInternet, port).Serialize(SimulatedProgram.FamilyInternet));
            PinnedBytes text = new("x"u8);
            Assert.Equal(1, _client.Call(SyscallNumber.SendTo, socket, text.Address, 1, 0, target.Address, target.Length));
        }

        Settle();

        // The first error fails a call, and the second the next one, when the first was taken out of the queue.
        Assert.Equal(-RareErrno.ConnectionRefused, _client.Receive(socket, 1, out _));
        Assert.Equal(7, ReceiveError(socket));
        Assert.Equal(-RareErrno.ConnectionRefused, _client.Receive(socket, 1, out _));
        Assert.Equal(9, ReceiveError(socket));
        Assert.Equal(-Errno.Again, _client.Receive(socket, 1, out _));
        Assert.Equal(-Errno.Again, ReceiveError(socket));
    }

    [Fact]
    public void A_watch_tells_of_names_and_of_the_end_of_what_is_watched()
    {
        Assert.Equal(0, Name(SyscallNumber.MkDirAt, "/d", 0b111_101_101));
        long watch = _server.Call(SyscallNumber.InotifyInit1);
        Assert.Equal(1, _server.Call(SyscallNumber.InotifyAddWatch, watch, SimulatedProgram.Path("/d").Address, (long)FileChanges.All));
        Assert.Equal(0, Name(SyscallNumber.MkDirAt, "/d/a", 0b111_101_101));
        PinnedBytes from = SimulatedProgram.Path("/d/a");
        PinnedBytes to = SimulatedProgram.Path("/d/b");
        Assert.Equal(0, _client.Call(SyscallNumber.RenameAt2, -100, from.Address, -100, to.Address));
        Assert.Equal(0, Name(SyscallNumber.UnlinkAt, "/d/b", 0x200));
        Assert.Equal(0, Name(SyscallNumber.UnlinkAt, "/d", 0x200));
        PinnedBytes records = new(4096);
        long read = _server.Call(SyscallNumber.Read, watch, records.Address, records.Length);
        IReadOnlyList<FileChange> changes = FileWatchCalls.Parse(records.Span[..(int)read]);
        uint cookie = changes[1].Cookie;
        Assert.NotEqual(0u, cookie);
        Assert.Equal(
            [
                new FileChange(FileChanges.Created | FileChanges.IsDirectory, "a", 0),
                new FileChange(FileChanges.MovedFrom | FileChanges.IsDirectory, "a", cookie),
                new FileChange(FileChanges.MovedTo | FileChanges.IsDirectory, "b", cookie),
                new FileChange(FileChanges.Deleted | FileChanges.IsDirectory, "b", 0),
                new FileChange(FileChanges.SelfDeleted, "", 0),
                new FileChange(FileChanges.Ended, "", 0),
            ],
            changes);
        Assert.Equal(-Errno.Again, _server.Call(SyscallNumber.Read, watch, records.Address, records.Length));
    }

    private long Name(int number, string path, long argument) => _client.Call(number, -100, SimulatedProgram.Path(path).Address, argument);

    private void Settle()
    {
        while (_kernel.Step())
        {
        }
    }

    private long SendWith(long socket, ReadOnlySpan<byte> bytes, params ReadOnlySpan<long> descriptors)
    {
        int[] numbers = new int[descriptors.Length];
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = (int)descriptors[i];
        }

        PinnedBytes control = new(ControlMessages.SpaceOf(numbers.Length * sizeof(int)));
        ControlMessages.Write(control.Span, LevelSocket, Rights, System.Runtime.InteropServices.MemoryMarshal.AsBytes(numbers.AsSpan()));
        using Message message = new(bytes.Length, control, nameBytes: 0);
        bytes.CopyTo(message.Payload);
        return _client.Call(SyscallNumber.SendMsg, socket, message.Address);
    }

    private (string Text, int[] Descriptors, int Flags) ReceiveWith(long socket, int mostDescriptors)
    {
        PinnedBytes control = new(ControlMessages.SpaceOf(mostDescriptors * sizeof(int)));

        // Of the room of one descriptor padding is a part.
        using Message message = new(64, control, nameBytes: 0, controlBytes: 16 + (mostDescriptors * sizeof(int)));
        long received = _server.Call(SyscallNumber.RecvMsg, socket, message.Address);
        Assert.True(received > 0, $"{received} received");
        ControlMessages pieces = new(control.Span[..(int)message.Header.ControlLength]);
        int[] descriptors = pieces.MoveNext() ? System.Runtime.InteropServices.MemoryMarshal.Cast<byte, int>(pieces.Data).ToArray() : [];
        return (Encoding.UTF8.GetString(message.Payload[..(int)received]), descriptors, message.Header.Flags);
    }

    /// <returns>Port of the target, or a negative errno.</returns>
    private long ReceiveError(long socket)
    {
        PinnedBytes control = new(128);
        using Message message = new(1, control, nameBytes: 16);
        long answer = _client.Call(SyscallNumber.RecvMsg, socket, message.Address, ErrorQueue);
        if (answer < 0)
        {
            return answer;
        }

        ControlMessages pieces = new(control.Span[..(int)message.Header.ControlLength]);
        Assert.True(pieces.MoveNext());
        Assert.Equal((0, ErrorOfIp, RareErrno.ConnectionRefused), (pieces.Level, pieces.Type, BitConverter.ToInt32(pieces.Data)));
        return ((System.Net.IPEndPoint)NativeSocketAddress.Read(message.Name[..(int)message.Header.NameLength])).Port;
    }

    /// <summary>A message in memory that stays.</summary>
    private sealed class Message : IDisposable
    {
        private readonly PinnedBytes _header = new(sizeof(MessageHeader));
        private readonly PinnedBytes _vector = new(sizeof(IoVector));
        private readonly PinnedBytes _payload;
        private readonly PinnedBytes _name;

        public Message(int payloadBytes, PinnedBytes control, int nameBytes, int controlBytes = -1)
        {
            _payload = new PinnedBytes(payloadBytes);
            _name = new PinnedBytes(Math.Max(1, nameBytes));
            *(IoVector*)_vector.Address = new IoVector { Base = (ulong)_payload.Address, Length = (ulong)payloadBytes };
            Header.Vectors = (IoVector*)_vector.Address;
            Header.VectorCount = 1;
            Header.Control = (void*)control.Address;
            Header.ControlLength = (ulong)(controlBytes < 0 ? control.Length : controlBytes);
            Header.Name = nameBytes == 0 ? null : (void*)_name.Address;
            Header.NameLength = (uint)nameBytes;
        }

        public long Address => _header.Address;

        public ref MessageHeader Header => ref *(MessageHeader*)_header.Address;

        public Span<byte> Payload => _payload.Span;

        public ReadOnlySpan<byte> Name => _name.Span;

        public void Dispose() => GC.KeepAlive(this);
    }
}
