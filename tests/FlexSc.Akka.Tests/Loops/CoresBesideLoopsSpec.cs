using System.Globalization;
using Akka.Actor;
using Akka.Configuration;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.Loops;
using FlexSc.Akka.Placement;
using FlexSc.Interop.Linux;
using Xunit;

namespace FlexSc.Akka.Tests.Loops;

/// <summary>Evicted actors that compute are kept off the cores of loops, as far as there are others.</summary>
public sealed class CoresBesideLoopsSpec() : FlexScSpec(ConfigurationFactory.ParseString($$"""
    akka.loglevel = WARNING
    flexsc.loops { count = 1, cpus = "{{Allowed[0]}}", stall-warning-ms = 0 }
    flexsc.eviction { slow-run-ms = 10, slow-runs = 1, clean-period-ms = 0 }
    flexsc.placement { policy = inline, interval-ms = 10, static.loop-cpus = "{{Allowed[^1]}}" }
    loops.type = "FlexSc.Akka.Dispatch.FlexDispatcherConfigurator, FlexSc.Akka"
    """))
{
    private const string OneCore = "the process may use one core, and the loop has it";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private static readonly IReadOnlyList<int> Allowed = ThreadAffinity.AllowedCpus();
    private static readonly IReadOnlyList<int> Beside = [.. Allowed.Skip(1)];

    [SkippableFact]
    public async Task One_that_computes_runs_beside_the_loop_and_gives_the_thread_back()
    {
        Skip.If(Beside.Count == 0, OneCore);
        IActorRef actor = await EvictComputingAsync();
        Where where = await WhereAsync(actor);
        Assert.Equal(Beside, where.Cpus);
        await AwaitConditionAsync(() => Task.FromResult(IsFree(where.ThreadId)), Deadline, TimeSpan.FromMilliseconds(5));
    }

    [SkippableFact]
    public async Task Those_that_are_more_than_the_cores_beside_run_where_they_can()
    {
        Skip.If(Beside.Count == 0, OneCore);
        IActorRef[] actors = new IActorRef[Beside.Count + 1];
        for (int i = 0; i < actors.Length; i++)
        {
            actors[i] = await EvictComputingAsync();
        }

        ThreadPool.GetMinThreads(out int minimum, out int ports);
        ThreadPool.SetMinThreads(minimum + actors.Length, ports);
        try
        {
            using Barrier together = new(actors.Length);
            Where[] where = await Task.WhenAll(actors.Select(actor => actor.Ask<Where>(together, Deadline)));
            Assert.Equal(Beside.Count, where.Count(one => one.Cpus.SequenceEqual(Beside)));
            Assert.Single(where, one => one.Cpus.SequenceEqual(Allowed));
        }
        finally
        {
            ThreadPool.SetMinThreads(minimum, ports);
        }
    }

    [SkippableFact]
    public async Task One_that_waits_runs_where_it_can()
    {
        Skip.If(Beside.Count == 0, OneCore);
        IActorRef actor = await EvictComputingAsync();
        do
        {
            await actor.Ask<bool>(new Sleep(), Deadline);
        }
        while (!(await WhereAsync(actor)).Cpus.SequenceEqual(Allowed));
    }

    [SkippableFact]
    public async Task It_follows_the_loop_to_another_core()
    {
        Skip.If(Beside.Count == 0, OneCore);
        IActorRef actor = await EvictComputingAsync();
        IActorRef placement = Sys.FlexPlacement();
        placement.Tell(new FlexPlacement.SetPolicy("static"), TestActor);
        ExpectMsg<FlexPlacement.Done>(Deadline);
        IReadOnlyList<int> expected = [.. Allowed.SkipLast(1)];
        while (!(await WhereAsync(actor)).Cpus.SequenceEqual(expected))
        {
        }
    }

    private static Task<Where> WhereAsync(IActorRef actor) => actor.Ask<Where>(Question.Where, Deadline);

    private static bool IsFree(int threadId) => File.ReadLines($"/proc/self/task/{threadId}/status")
        .Contains($"Cpus_allowed_list:\t{CpuList.Format(Allowed)}");

    private async Task<IActorRef> EvictComputingAsync()
    {
        IActorRef actor = Sys.ActorOf(Props.Create(() => new Worker()).WithDispatcher("loops"));
        do
        {
            await actor.Ask<bool>(new Compute(), Deadline);
        }
        while (!(await WhereAsync(actor)).IsAway);
        await actor.Ask<bool>(new Compute(), Deadline);
        return actor;
    }

    private enum Question
    {
        Where,
    }

    private sealed record Compute;

    private sealed record Sleep;

    private sealed record Where(bool IsAway, int ThreadId, IReadOnlyList<int> Cpus);

    private sealed class Worker : ReceiveActor
    {
        public Worker()
        {
            Receive<Compute>(_ =>
            {
                TimeSpan start = ThreadUsage.OfCurrentThread().CpuTime;
                while (ThreadUsage.OfCurrentThread().CpuTime - start < TimeSpan.FromMilliseconds(40))
                {
                }

                Sender.Tell(true);
            });
            Receive<Sleep>(_ =>
            {
                Thread.Sleep(40);
                Sender.Tell(true);
            });
            Receive<Question>(_ => Sender.Tell(Here()));
            Receive<Barrier>(together =>
            {
                Where here = Here();
                Assert.True(together.SignalAndWait(Deadline));
                Sender.Tell(here);
            });
        }

        private static Where Here()
        {
            string thread = File.ResolveLinkTarget("/proc/thread-self", returnFinalTarget: false)!.Name;
            return new Where(ActorLoop.Current is null, int.Parse(thread, CultureInfo.InvariantCulture), ThreadAffinity.AllowedCpus());
        }
    }
}
