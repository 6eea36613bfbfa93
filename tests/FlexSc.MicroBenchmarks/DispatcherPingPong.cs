using Akka.Actor;
using Akka.Configuration;
using BenchmarkDotNet.Attributes;
using FlexSc.Akka.Loops;

namespace FlexSc.MicroBenchmarks;

/// <summary>Which dispatcher the actors run on.</summary>
public enum PingPongDispatcher
{
    /// <summary>Akka.NET's default dispatcher: the thread pool.</summary>
    Default,

    /// <summary>Akka.NET's ForkJoinDispatcher with as many threads as cores.</summary>
    ForkJoin,

    /// <summary>Akka.NET's channel executor.</summary>
    ChannelExecutor,

    /// <summary>FlexDispatcher with one loop.</summary>
    FlexScOneLoop,

    /// <summary>FlexDispatcher with a loop on each core; children live where their parent does (<c>flexsc.loops.placement = parent</c>).</summary>
    FlexScTogether,

    /// <summary>FlexDispatcher with a loop on each core; the two of a pair on different ones: the default placement, at its worst.</summary>
    FlexScApart,
}

/// <summary>Pairs of actors that send one message to and fro. One operation is one message.</summary>
public class DispatcherPingPong
{
    private const int Pairs = 16;
    private const int MessagesOfPair = 50_000;
    private const string DispatcherId = "ping-pong";

    private ActorSystem _system = null!;
    private IActorRef[] _pairs = null!;
    private CountdownEvent _finished = null!;

    /// <summary>All of them.</summary>
    [ParamsAllValues]
    public PingPongDispatcher Dispatcher { get; set; }

    /// <summary>Makes the system and its pairs.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _finished = new CountdownEvent(Pairs);
        _system = ActorSystem.Create("ping-pong", ConfigurationFactory.ParseString(Configuration()));
        _pairs = [.. Enumerable.Range(0, Pairs).Select(_ => _system.ActorOf(Props.Create(() => new Pair(_finished)).WithDispatcher(DispatcherId)))];
        Task.WhenAll(_pairs.Select(pair => pair.Ask<Ready>(Ready.Instance, TimeSpan.FromSeconds(30)))).GetAwaiter().GetResult();
    }

    /// <summary>Every pair sends its messages; ends when the last one has.</summary>
    [Benchmark(OperationsPerInvoke = Pairs * MessagesOfPair)]
    public void PingPong()
    {
        _finished.Reset();
        foreach (IActorRef pair in _pairs)
        {
            pair.Tell(Start.Instance, ActorRefs.NoSender);
        }

        _finished.Wait();
    }

    /// <summary>Ends the system and its loops.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        _system.Terminate().GetAwaiter().GetResult();
        if (Dispatcher >= PingPongDispatcher.FlexScOneLoop)
        {
            FlexLoops.WhenEnded(_system).GetAwaiter().GetResult();
        }

        _finished.Dispose();
    }

    private string Configuration()
    {
        // As flexsc.dispatcher in reference.conf, with the throughput of the others.
        const string Flex = """
            type = "FlexSc.Akka.Dispatch.FlexDispatcherConfigurator, FlexSc.Akka"
            mailbox-type = "FlexSc.Akka.Dispatch.LoopMailbox, FlexSc.Akka"
            """;
        string dispatcher = Dispatcher switch
        {
            PingPongDispatcher.Default => "type = Dispatcher",
            PingPongDispatcher.ForkJoin => $"type = ForkJoinDispatcher\ndedicated-thread-pool {{ thread-count = {Environment.ProcessorCount} }}",
            PingPongDispatcher.ChannelExecutor => "type = Dispatcher\nexecutor = channel-executor",
            _ => Flex,
        };
        string loops = Dispatcher switch
        {
            PingPongDispatcher.FlexScOneLoop => "flexsc.loops.count = 1",
            PingPongDispatcher.FlexScTogether => "flexsc.loops { count = cores, placement = parent }",
            PingPongDispatcher.FlexScApart => "flexsc.loops { count = cores, placement = spread }",
            _ => "",
        };

        // One message of a pair is under way at a time, so every dispatcher handles one per mailbox run, whatever its throughput.
        return $$"""
            akka.loglevel = WARNING
            {{DispatcherId}} {
              {{dispatcher}}
              throughput = 64
            }
            {{loops}}
            """;
    }

    private sealed class Start
    {
        public static readonly Start Instance = new();
    }

    private sealed class Ready
    {
        public static readonly Ready Instance = new();
    }

    private sealed class Ball
    {
        public static readonly Ball Instance = new();
    }

    /// <summary>The half that counts; it makes the other one.</summary>
    private sealed class Pair : UntypedActor
    {
        private readonly CountdownEvent _finished;
        private readonly IActorRef _other;
        private int _left;

        public Pair(CountdownEvent finished)
        {
            _finished = finished;
            _other = Context.ActorOf(Props.Create(() => new Other()).WithDispatcher(DispatcherId));
        }

        protected override void OnReceive(object message)
        {
            if (message is Ball)
            {
                _left -= 2;
                if (_left > 0)
                {
                    _other.Tell(Ball.Instance, Self);
                }
                else
                {
                    _finished.Signal();
                }
            }
            else if (message is Start)
            {
                _left = MessagesOfPair;
                _other.Tell(Ball.Instance, Self);
            }
            else
            {
                Sender.Tell(Ready.Instance);
            }
        }
    }

    private sealed class Other : UntypedActor
    {
        protected override void OnReceive(object message) => Sender.Tell(message, Self);
    }
}
