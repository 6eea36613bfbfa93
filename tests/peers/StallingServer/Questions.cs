using System.Globalization;
using System.Text.Json;
using Akka.Actor;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.Hosting;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Loop;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace FlexSc.Peers.Stalling;

/// <summary>What the server answers to lines on its standard input, a line of JSON each. On the thread that reads them.</summary>
/// <param name="system">The server's actors.</param>
internal sealed class Questions(ActorSystem system)
{
    /// <summary>Actors that are made at most for one of them to be on a certain loop: they go to the loop with the fewest.</summary>
    private const int MostTried = 64;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private readonly Counted _counted = new();
    private readonly HealthCheckService _health = HealthOf(system);
    private IActorRef? _staller;
    private int _evictedAfter;

    /// <param name="line">The question.</param>
    public string Answer(string line) => line.Split(' ') switch
    {
        ["stall", "block", string milliseconds] => Begin(_staller ??= StallerOn(0), new Block(Number(milliseconds))),
        ["stall", "compute", string milliseconds] => Begin(_staller ??= StallerOn(0), new Compute(Number(milliseconds))),
        ["deadlock", string loop] => Begin(StallerOn(Number(loop)), new Deadlock()),
        ["state"] => State(),
        ["health"] => Health(),
        ["actors", string count] => NewActors(Number(count)),
        _ => $"not understood: {line}",
    };

    private static HealthCheckService HealthOf(ActorSystem system)
    {
        ServiceCollection services = new();
        services.AddLogging().AddSingleton(system).AddHealthChecks().AddFlexSc();
        return services.BuildServiceProvider().GetRequiredService<HealthCheckService>();
    }

    /// <summary>Has evictions kept, from before the first of them.</summary>
    public void Start()
    {
        Action<int> keep = begun => Interlocked.CompareExchange(ref _evictedAfter, begun, 0);
        system.ActorOf(Props.Create(() => new EvictionKeeper(_counted, keep)).WithDispatcher(EvictionKeeper.DispatcherId));
    }

    private string Begin(IActorRef staller, object message)
    {
        string state = State();
        staller.Tell(message);
        return state;
    }

    private IActorRef StallerOn(int loop)
    {
        SyscallLoop wanted = FlexLoops.RunAsync(system, loop, static it => Task.FromResult(it)).WaitAsync(Limit).GetAwaiter().GetResult();
        for (int tried = 0; tried < MostTried; tried++)
        {
            IActorRef staller = system.ActorOf(Props.Create(() => new Staller(_counted)));
            if (staller.Ask<Place>(new WhichLoop(), Limit).GetAwaiter().GetResult().Loop == wanted)
            {
                return staller;
            }
        }

        throw new InvalidOperationException($"of {MostTried} new actors none was on loop {loop}");
    }

    private string State() => JsonSerializer.Serialize(new
    {
        Begun = _counted.Begun,
        EvictedAfter = Volatile.Read(ref _evictedAfter),
        Evicted = FlexEviction.Evicted(system).Count,
        GivenUp = FlexLoops.GivenUp(system).Select(static loop => loop.Loop),
        Connections = FlexTcp.For(system).Figures.Select(static loop => loop.Connections),
    });

    private string Health()
    {
        HealthReportEntry flexSc = _health.CheckHealthAsync().WaitAsync(Limit).GetAwaiter().GetResult().Entries.Single().Value;
        return JsonSerializer.Serialize(new { Status = flexSc.Status.ToString(), Text = flexSc.Description });
    }

    /// <summary>Makes so many actors, and asks each of them something.</summary>
    private string NewActors(int count)
    {
        Task<Place>[] answers =
        [
            .. Enumerable.Range(0, count).Select(_ =>
                system.ActorOf(Props.Create(() => new Staller(_counted))).Ask<Place>(new WhichLoop(), Limit)),
        ];
        Task.WhenAll(answers).ContinueWith(static _ => { }, TaskScheduler.Default).Wait();
        return JsonSerializer.Serialize(new { Asked = count, Answered = answers.Count(static answer => answer.IsCompletedSuccessfully) });
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
