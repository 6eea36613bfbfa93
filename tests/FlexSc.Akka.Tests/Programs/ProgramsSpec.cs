using System.Net;
using Akka.Actor;
using Akka.Configuration;
using Akka.Streams;
using AkkaPrograms;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.Programs;

/// <summary>What runs a program: Akka.NET as it is, or FlexSC by configuration alone.</summary>
public enum ProgramSide
{
    Stock,

    /// <summary>The redirect line.</summary>
    Redirect,

    /// <summary>The redirect line, and the one that has actors run on the loops.</summary>
    RedirectAndDispatcher,
}

/// <summary>
/// Programs that know Akka.NET alone, server and client each on Akka.NET as it is or on FlexSC by configuration: what they say is the same
/// in every pairing.
/// </summary>
public sealed class ProgramsSpec
{
    private const string RedirectLine = """akka.actor.default-mailbox.mailbox-type = "FlexSc.Akka.IO.RedirectMailbox, FlexSc.Akka" """;
    private const string DispatcherLine = """akka.actor.default-dispatcher.type = "FlexSc.Akka.Dispatch.FlexDispatcherConfigurator, FlexSc.Akka" """;

    // How the program is configured is the lines above; this keeps the tests small.
    private const string ForTests = "akka.loglevel = WARNING\nakka.coordinated-shutdown.run-by-clr-shutdown-hook = off\nflexsc.loops { count = 1, pin = off }";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>What a program says where both sides are Akka.NET's.</summary>
    private static readonly Dictionary<string, Task<string>> OnStock = [];

    public static TheoryData<ProgramSide, ProgramSide> Pairings
    {
        get
        {
            TheoryData<ProgramSide, ProgramSide> pairings = [];
            foreach (ProgramSide server in Enum.GetValues<ProgramSide>())
            {
                foreach (ProgramSide client in Enum.GetValues<ProgramSide>())
                {
                    pairings.Add(server, client);
                }
            }

            return pairings;
        }
    }

    [Fact]
    public void The_programs_know_nothing_of_flexsc() =>
        Assert.DoesNotContain(typeof(EchoProgram).Assembly.GetReferencedAssemblies(), static name => name.Name!.Contains("FlexSc", StringComparison.OrdinalIgnoreCase));

    [Theory]
    [MemberData(nameof(Pairings))]
    public Task Echo(ProgramSide server, ProgramSide client) => CompareAsync(nameof(Echo), server, client, "300000 of 'x', the same: True", async (serving, talking) =>
        await EchoProgram.TalkAsync(talking.System, await EchoProgram.ServeAsync(serving.System)));

    [Theory]
    [MemberData(nameof(Pairings))]
    public Task Chat(ProgramSide server, ProgramSide client) => CompareAsync(nameof(Chat), server, client, "and 19 again", async (serving, talking) =>
        await ChatProgram.TalkAsync(talking.System, await ChatProgram.ServeAsync(serving.System), Deadline));

    [Theory]
    [MemberData(nameof(Pairings))]
    public Task Udp_ping(ProgramSide server, ProgramSide client) => CompareAsync(nameof(Udp_ping), server, client, "pong to connected ping 49", async (serving, talking) =>
        await UdpPingProgram.PingAsync(talking.System, await UdpPingProgram.ServeAsync(serving.System)));

    [Theory]
    [MemberData(nameof(Pairings))]
    public Task Proxy(ProgramSide server, ProgramSide client) => CompareAsync(nameof(Proxy), server, client, "5: 0\n65\n130\n", async (serving, talking) =>
    {
        EndPoint behind = await ProxyProgram.ServeLengthsAsync(talking.System, talking.Materializer);
        EndPoint proxy = await ProxyProgram.ServeAsync(serving.System, serving.Materializer, behind);
        return await ProxyProgram.TalkAsync(talking.System, talking.Materializer, proxy);
    });

    [Theory]
    [MemberData(nameof(Pairings))]
    public Task File_server(ProgramSide server, ProgramSide client) => CompareAsync(nameof(File_server), server, client, "missing: none, ", async (serving, talking) =>
    {
        string served = Directory.CreateTempSubdirectory("flexsc-served-").FullName;
        string stored = Directory.CreateTempSubdirectory("flexsc-stored-").FullName;
        try
        {
            string[] names = ["empty", "small", "large", "missing"];
            foreach ((string name, int bytes) in names.Zip((int[])[0, 100, 1_000_000]))
            {
                byte[] content = new byte[bytes];
                new Random(bytes).NextBytes(content);
                await File.WriteAllBytesAsync(Path.Combine(served, name), content);
            }

            EndPoint address = await FileServerProgram.ServeAsync(serving.System, serving.Materializer, served);
            return await FileServerProgram.FetchAsync(talking.System, talking.Materializer, address, names, stored);
        }
        finally
        {
            Directory.Delete(served, recursive: true);
            Directory.Delete(stored, recursive: true);
        }
    });

    private static async Task CompareAsync(string program, ProgramSide server, ProgramSide client, string amongOthers, Func<Side, Side, Task<string>> run)
    {
        Task<string>? expected;
        lock (OnStock)
        {
            if (!OnStock.TryGetValue(program, out expected))
            {
                expected = RunAsync(ProgramSide.Stock, ProgramSide.Stock, run);
                OnStock.Add(program, expected);
            }
        }

        string said = await RunAsync(server, client, run);
        Assert.Contains(amongOthers, said, StringComparison.Ordinal);
        Assert.Equal(await expected, said);
    }

    private static async Task<string> RunAsync(ProgramSide server, ProgramSide client, Func<Side, Side, Task<string>> run)
    {
        await using Side serving = new(server);
        await using Side talking = new(client);
        string said = await run(serving, talking).WaitAsync(Deadline);
        serving.AssertWhoWorked();
        talking.AssertWhoWorked();
        return said;
    }

    /// <summary>A system that a program runs in.</summary>
    private sealed class Side : IAsyncDisposable
    {
        private readonly ProgramSide _side;

        public Side(ProgramSide side)
        {
            _side = side;
            string lines = side switch
            {
                ProgramSide.Stock => "",
                ProgramSide.Redirect => RedirectLine,
                _ => $"{RedirectLine}\n{DispatcherLine}",
            };
            System = ActorSystem.Create("program", ConfigurationFactory.ParseString($"{lines}\n{ForTests}"));
            Materializer = System.Materializer();
        }

        public ActorSystem System { get; }

        public ActorMaterializer Materializer { get; }

        /// <summary>The sockets were FlexSC's where they should be, and nowhere else.</summary>
        public void AssertWhoWorked()
        {
            IReadOnlyList<ActorLoop> loops = LoopGroup.Of(System).StartedLoops;
            if (_side == ProgramSide.Stock)
            {
                Assert.Empty(loops);
                return;
            }

            long calls = FlexTcp.For(System).Figures.Sum(loop => loop.Submissions);
            Assert.True(calls > 0, "the loops have made no call");
        }

        public async ValueTask DisposeAsync()
        {
            Materializer.Shutdown();
            await System.Terminate().WaitAsync(Deadline);
        }
    }
}
