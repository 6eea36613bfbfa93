using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Interop.Capabilities;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>Accepting when the process comes near its limit of descriptors: the reserve stays free, and one line tells of it.</summary>
public abstract partial class DescriptorShortageSpec(string backend) : TcpFixture($$"""
    flexsc.loops.backend = {{backend}}
    flexsc.tcp { descriptor-reserve = {{Reserve}}, accept-retry-ms = 5 }
    """)
{
    private const int Reserve = 16;
    private const int Clients = 200;
    private const int Room = 40;
    private const int EnoughWaiting = 5;

    [Fact]
    public async Task The_reserve_stays_free_and_everybody_is_served_once_there_is_room()
    {
        // The clients' own sockets are of this process and made before it is short.
        Socket[] clients = [.. Enumerable.Range(0, Clients).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))];
        ResourceLimit before = ResourceLimit.OfOpenFiles();
        IActorRef server = Sys.ActorOf(Props.Create(() => new Greeting()).WithDeploy(Deploy.Local));
        Assert.NotEmpty(Extension.Figures);
        try
        {
            ulong limit = (ulong)(HighestDescriptor() + Room);
            Assert.True(limit / 4 > Reserve, "the reserve is cut where the limit is this small");
            SetSoftLimit(limit, before.Hard);
            IPEndPoint endpoint = await server.Ask<IPEndPoint>("bind", Deadline);
            List<Socket> served = [];
            List<Socket> waiting = [];
            await EventFilter.Warning(contains: "pauses until there is room again").ExpectOneAsync(Deadline, async () =>
            {
                foreach (Socket client in clients)
                {
                    await ConnectOrResetAsync(client, endpoint);
                }

                await AwaitAssertAsync(() => Assert.True(Extension.Figures[0].Connections > 0), Deadline);
            });
            await AwaitAssertAsync(() => AssertFilesOpen(Reserve - 4), Deadline);
            foreach (Socket client in clients.TakeWhile(_ => waiting.Count < EnoughWaiting))
            {
                (IsGreeted(client) ? served : waiting).Add(client);
            }

            Assert.NotEmpty(waiting);
            SetSoftLimit(before.Soft, before.Hard);
            served.ForEach(socket => socket.Dispose());
            using Socket late = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await late.ConnectAsync(endpoint);
            Assert.Equal("hi"u8.ToArray(), await ReceiveExactlyAsync(late, 2));
        }
        finally
        {
            SetSoftLimit(before.Soft, before.Hard);
            Array.ForEach(clients, client => client.Dispose());
        }

        await AssertNothingIsLeftAsync();
    }

    /// <summary>The one that came for a descriptor of the reserve is reset.</summary>
    private static async Task ConnectOrResetAsync(Socket client, IPEndPoint endpoint)
    {
        try
        {
            await client.ConnectAsync(endpoint);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
        {
        }
    }

    private static bool IsGreeted(Socket client)
    {
        try
        {
            return client.Poll(TimeSpan.FromMilliseconds(100), SelectMode.SelectRead) && client.Receive(new byte[2]) == 2;
        }
        catch (SocketException)
        {
            // Came for a descriptor of the reserve.
            return true;
        }
    }

    private static void AssertFilesOpen(int count)
    {
        List<FileStream> files = [];
        try
        {
            for (int i = 0; i < count; i++)
            {
                files.Add(File.OpenRead("/proc/self/status"));
            }
        }
        finally
        {
            files.ForEach(file => file.Dispose());
        }
    }

    private static int HighestDescriptor() => Directory.EnumerateFileSystemEntries("/proc/self/fd")
        .Max(path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture));

    private static void SetSoftLimit(ulong soft, ulong hard) => Assert.Equal(0, SetLimit(7, new Limit(soft, hard))); // RLIMIT_NOFILE

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetLimit(int resource, in Limit limit);

    private readonly record struct Limit(ulong Soft, ulong Hard);

    /// <summary>Binds, and greets whoever connects.</summary>
    private sealed class Greeting : ReceiveActor
    {
        public Greeting()
        {
            IActorRef asker = ActorRefs.Nobody;
            Receive<string>(_ =>
            {
                asker = Sender;
                Context.System.FlexTcp().Tell(new Tcp.Bind(Self, new IPEndPoint(IPAddress.Loopback, 0)));
            });
            Receive<Tcp.Bound>(bound => asker.Tell(bound.LocalAddress));
            Receive<Tcp.Connected>(_ =>
            {
                Sender.Tell(new Tcp.Register(Self));
                Sender.Tell(Tcp.Write.Create(ByteString.FromString("hi")));
            });
            Receive<Tcp.ConnectionClosed>(_ => { });
        }
    }
}

public sealed class IoUringDescriptorShortageSpec() : DescriptorShortageSpec("io-uring");

public sealed class SyscallThreadsDescriptorShortageSpec() : DescriptorShortageSpec("syscall-threads");
