using System.Diagnostics;
using System.IO.Pipes;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>Descriptors that go along with the bytes of a Unix stream; SCM_RIGHTS of unix(7).</summary>
public abstract class StreamDescriptorsSpec(string config) : TcpFixture($"flexsc.tcp.max-unsent-descriptors = 4\n{config}")
{
    private const string Content = "content";

    private readonly string _directory = Directory.CreateTempSubdirectory("flexsc-descriptors-").FullName;

    [Fact]
    public async Task They_come_with_the_bytes_they_were_sent_with_and_before_later_ones()
    {
        using UnixPair pair = await ConnectUnixAsync(most: 2);
        using SafeFileHandle file = OpenFile();
        TestProbe writer = CreateTestProbe();
        pair.Near.Tell(Write("before"), writer);
        pair.Near.Tell(new WriteDescriptors(ByteString.FromString("with"), [file, file], new Ack(1)), writer);
        pair.Near.Tell(Write("after"), writer);
        Assert.Equal(1, (await writer.ExpectMsgAsync<Ack>(Deadline)).Number);

        StringBuilder text = new();
        ReceivedWithDescriptors? with = null;
        while (text.Length < "beforewithafter".Length)
        {
            object message = await pair.FarHandler.ReceiveOneAsync(Deadline);
            if (message is ReceivedWithDescriptors received)
            {
                Assert.Null(with);
                with = received;
                text.Append(received.Data);
                Assert.Equal("beforewith", text.ToString());
            }
            else
            {
                text.Append(Assert.IsType<Tcp.Received>(message).Data);
            }
        }

        Assert.Equal("beforewithafter", text.ToString());
        Assert.False(with!.IsTruncated);
        Assert.Equal(2, with.Descriptors.Count);
        Assert.Equal(Content, ReadAndClose(with.Descriptors[0]));
        Assert.Equal(Content, ReadAndClose(with.Descriptors[1]));
        Assert.Equal(Content, ReadAndClose(file));
    }

    [Fact]
    public async Task They_go_with_the_first_of_many_bytes()
    {
        const int size = 3_000_000;
        using UnixPair pair = await ConnectUnixAsync(most: 1);
        byte[] bytes = new byte[size];
        Random.Shared.NextBytes(bytes);
        using SafeFileHandle file = OpenFile();
        pair.Near.Tell(new WriteDescriptors(ByteString.FromBytes(bytes), [file], new Ack(1)), pair.NearHandler);
        pair.Near.Tell(Write("end"), pair.NearHandler);
        List<byte> came = [];
        int passed = 0;
        while (came.Count < size + 3)
        {
            object message = await pair.FarHandler.ReceiveOneAsync(Deadline);
            if (message is ReceivedWithDescriptors received)
            {
                Assert.Empty(came);
                passed += received.Descriptors.Count;
                Assert.Equal(Content, ReadAndClose(received.Descriptors[0]));
                came.AddRange(received.Data.ToArray());
            }
            else
            {
                came.AddRange(Assert.IsType<Tcp.Received>(message).Data.ToArray());
            }
        }

        Assert.Equal(1, passed);
        Assert.Equal([.. bytes, .. "end"u8], came);
        await pair.NearHandler.ExpectMsgAsync<Ack>(Deadline);
    }

    [SkippableFact]
    public async Task A_program_in_python_gives_and_takes()
    {
        const string program = """
            import os, socket, sys
            peer = socket.socket(socket.AF_UNIX)
            peer.connect(sys.argv[1])
            given = os.open(sys.argv[2], os.O_RDONLY)
            socket.send_fds(peer, [b"take"], [given])
            os.close(given)
            data, taken, flags, address = socket.recv_fds(peer, 100, 5)
            print(data.decode(), len(taken), os.read(taken[0], 100).decode())
            """;
        string path = PathOf("python");
        TestProbe bind = await BindUnixAsync(path, most: 3);
        using Process python = StartPython(["-c", program, path, FilePath()]);
        await bind.ExpectMsgAsync<Tcp.Connected>(Deadline);
        IActorRef connection = bind.LastSender;
        TestProbe handler = CreateTestProbe();
        connection.Tell(new Tcp.Register(handler), bind);
        ReceivedWithDescriptors received = await handler.ExpectMsgAsync<ReceivedWithDescriptors>(Deadline);
        Assert.Equal("take", received.Data.ToString());
        using SafeFileHandle taken = Assert.Single(received.Descriptors);
        connection.Tell(new WriteDescriptors(ByteString.FromString("back"), [taken]), handler);
        Assert.Equal($"back 1 {Content}\n", await python.StandardOutput.ReadToEndAsync().WaitAsync(Deadline));
        await handler.ExpectMsgAsync<Tcp.PeerClosed>(Deadline);
    }

    [Fact]
    public async Task Without_the_option_they_are_closed_and_the_bytes_come()
    {
        using UnixPair pair = await ConnectUnixAsync(most: 0);
        using AnonymousPipeServerStream pipe = new(PipeDirection.In);
        pair.Near.Tell(new WriteDescriptors(ByteString.FromString("bytes"), [pipe.ClientSafePipeHandle], new Ack(1)), pair.NearHandler);
        await pair.NearHandler.ExpectMsgAsync<Ack>(Deadline);
        Assert.Equal("bytes", (await pair.FarHandler.ExpectMsgAsync<Tcp.Received>(Deadline)).Data.ToString());
        await AssertNobodyHasAsync(pipe);
    }

    [Fact]
    public async Task Beyond_the_bound_they_are_closed()
    {
        using UnixPair pair = await ConnectUnixAsync(most: 1);
        using AnonymousPipeServerStream pipe = new(PipeDirection.In);
        SafeHandle end = pipe.ClientSafePipeHandle;
        pair.Near.Tell(new WriteDescriptors(ByteString.FromString("x"), [end, end, end], new Ack(1)), pair.NearHandler);
        await pair.NearHandler.ExpectMsgAsync<Ack>(Deadline);
        ReceivedWithDescriptors received = await pair.FarHandler.ExpectMsgAsync<ReceivedWithDescriptors>(Deadline);
        Assert.True(received.IsTruncated);
        Assert.Single(received.Descriptors).Dispose();
        await AssertNobodyHasAsync(pipe);
    }

    [Fact]
    public async Task What_nobody_has_read_is_closed_with_the_connection()
    {
        using UnixPair pair = await ConnectUnixAsync(most: 1);
        pair.Far.Tell(Tcp.SuspendReading.Instance, pair.FarHandler);
        await FenceAsync(pair.Far);
        using AnonymousPipeServerStream pipe = new(PipeDirection.In);
        pair.Near.Tell(new WriteDescriptors(ByteString.FromString("x"), [pipe.ClientSafePipeHandle], new Ack(1)), pair.NearHandler);
        await pair.NearHandler.ExpectMsgAsync<Ack>(Deadline);
        pair.Far.Tell(Tcp.Abort.Instance, pair.FarHandler);
        await pair.FarHandler.ExpectMsgAsync<Tcp.Aborted>(Deadline);
        await AssertNobodyHasAsync(pipe);
    }

    [Fact]
    public async Task What_is_unsent_is_bounded_held_and_let_go_of_with_the_connection()
    {
        using UnixPair pair = await ConnectUnixAsync(most: 1);
        pair.Far.Tell(Tcp.SuspendReading.Instance, pair.FarHandler);
        await FenceAsync(pair.Far);
        pair.Near.Tell(Tcp.Write.Create(ByteString.FromBytes(new byte[10_000_000])), pair.NearHandler);
        using AnonymousPipeServerStream pipe = new(PipeDirection.In);
        SafeHandle end = pipe.ClientSafePipeHandle;
        WriteDescriptors held = new(ByteString.FromString("x"), [end, end, end, end]);
        WriteDescriptors beyond = new(ByteString.FromString("y"), [end]);
        pair.Near.Tell(held, pair.NearHandler);
        pair.Near.Tell(beyond, pair.NearHandler);
        Tcp.CommandFailed failed = await pair.NearHandler.ExpectMsgAsync<Tcp.CommandFailed>(Deadline);
        Assert.Same(beyond, failed.Cmd);
        Assert.Contains("flexsc.tcp.max-unsent-descriptors is 4", failed.Cause.Value.Message, StringComparison.Ordinal);
        end.Dispose();
        pair.Near.Tell(Tcp.Abort.Instance, pair.NearHandler);
        await pair.NearHandler.FishForMessageAsync<Tcp.CommandFailed>(told => told.Cmd == held, Deadline);
        await AssertNobodyHasAsync(pipe);
        pair.Far.Tell(Tcp.Abort.Instance, pair.FarHandler);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Where_none_can_go_the_command_is_answered()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair tcp = await ConnectAsync(bind, endpoint);
        using SafeFileHandle file = OpenFile();
        WriteDescriptors command = new(ByteString.FromString("x"), [file]);
        tcp.Connection.Tell(command, tcp.Handler);
        Tcp.CommandFailed failed = await tcp.Handler.ExpectMsgAsync<Tcp.CommandFailed>(Deadline);
        Assert.Same(command, failed.Cmd);
        Assert.IsType<NotSupportedException>(failed.Cause.Value);

        Tcp.Bind wrong = new(bind, new IPEndPoint(IPAddress.Loopback, 0), options: [UnixSocketOptions.ReceiveDescriptors(1)]);
        Sys.FlexTcp().Tell(wrong, bind);
        Assert.Same(wrong, (await bind.ExpectMsgAsync<Tcp.CommandFailed>(Deadline)).Cmd);

        using UnixPair pair = await ConnectUnixAsync(most: 1);
        SafeFileHandle closed = OpenFile();
        closed.Dispose();
        pair.Near.Tell(new WriteDescriptors(ByteString.FromString("x"), [file, closed]), pair.NearHandler);
        Assert.IsType<ObjectDisposedException>((await pair.NearHandler.ExpectMsgAsync<Tcp.CommandFailed>(Deadline)).Cause.Value);
        pair.Near.Tell(Write("on"), pair.NearHandler);
        Assert.Equal("on", (await pair.FarHandler.ExpectMsgAsync<Tcp.Received>(Deadline)).Data.ToString());
        Assert.Equal(Content, ReadAndClose(file));
    }

    [Fact]
    public void Too_few_and_too_many_are_refused_where_they_are_made()
    {
        using SafeFileHandle file = OpenFile();
        Assert.Throws<ArgumentException>(() => new WriteDescriptors(ByteString.Empty, [file]));
        Assert.Throws<ArgumentException>(() => new WriteDescriptors(ByteString.FromString("x"), []));
        Assert.Throws<ArgumentException>(() => new WriteDescriptors(ByteString.FromString("x"), [.. Enumerable.Repeat(file, 254)]));
        Assert.Throws<ArgumentOutOfRangeException>(() => UnixSocketOptions.ReceiveDescriptors(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => UnixSocketOptions.ReceiveDescriptors(254));
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        Directory.Delete(_directory, recursive: true);
    }

    private static Tcp.Write Write(string text) => Tcp.Write.Create(ByteString.FromString(text));

    private static async Task FenceAsync(IActorRef connection) => await connection.Ask<ActorIdentity>(new Identify(1), Deadline);

    /// <summary>The end of a pipe comes when the last descriptor of its other side is closed.</summary>
    private static async Task AssertNobodyHasAsync(AnonymousPipeServerStream pipe)
    {
        pipe.DisposeLocalCopyOfClientHandle();
        Assert.Equal(0, await Task.Run(() => pipe.ReadByte() < 0 ? 0 : 1).WaitAsync(Deadline));
    }

    private static string ReadAndClose(SafeFileHandle descriptor)
    {
        using (descriptor)
        {
            byte[] bytes = new byte[100];
            return Encoding.ASCII.GetString(bytes, 0, RandomAccess.Read(descriptor, bytes, 0));
        }
    }

    private static Process StartPython(string[] arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo("python3", arguments) { RedirectStandardOutput = true })!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new SkipException("python3 is not installed");
        }
    }

    private string PathOf(string name) => Path.Combine(_directory, name);

    private string FilePath()
    {
        string path = PathOf("file");
        File.WriteAllText(path, Content);
        return path;
    }

    private SafeFileHandle OpenFile() => File.OpenHandle(FilePath());

    private async Task<TestProbe> BindUnixAsync(string path, int most)
    {
        TestProbe bind = CreateTestProbe();
        Inet.SocketOption[] options = most == 0 ? [] : [UnixSocketOptions.ReceiveDescriptors(most)];
        Sys.FlexTcp().Tell(new Tcp.Bind(bind, new UnixDomainSocketEndPoint(path), options: options), bind);
        await bind.ExpectMsgAsync<Tcp.Bound>(Deadline);
        return bind;
    }

    private async Task<UnixPair> ConnectUnixAsync(int most)
    {
        string path = PathOf(Guid.NewGuid().ToString("N")[..8]);
        TestProbe bind = await BindUnixAsync(path, most);
        TestProbe client = CreateTestProbe();
        Sys.FlexTcp().Tell(new Tcp.Connect(new UnixDomainSocketEndPoint(path)), client);
        await client.ExpectMsgAsync<Tcp.Connected>(Deadline);
        IActorRef near = client.LastSender;
        near.Tell(new Tcp.Register(client), client);
        await bind.ExpectMsgAsync<Tcp.Connected>(Deadline);
        TestProbe server = CreateTestProbe();
        bind.LastSender.Tell(new Tcp.Register(server), bind);
        return new UnixPair(near, client, bind.LastSender, server);
    }

    /// <summary>Both ends of a connection.</summary>
    private sealed record UnixPair(IActorRef Near, TestProbe NearHandler, IActorRef Far, TestProbe FarHandler) : IDisposable
    {
        public void Dispose() => Near.Tell(Tcp.Abort.Instance, NearHandler);
    }

    private sealed class Ack(int number) : Tcp.Event
    {
        public int Number => number;
    }
}

public sealed class StreamDescriptorsOnIoUringSpec() : StreamDescriptorsSpec("flexsc.loops.backend = io-uring");

public sealed class StreamDescriptorsOnInlineCallsSpec() : StreamDescriptorsSpec("flexsc.loops { backend = syscall-threads, syscall-threads = 0 }");

public sealed class StreamDescriptorsOnSyscallThreadsSpec() : StreamDescriptorsSpec("flexsc.loops { backend = syscall-threads, syscall-threads = 2 }");
