using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Event;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.Placement;
using FlexSc.Examples.KvServer.Service;
using Xunit;

namespace FlexSc.Examples.Tests.Kv;

/// <summary>The actor that frees expired items goes on wherever it comes to live, and however often.</summary>
public sealed class SweeperTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [SkippableFact]
    public async Task It_sweeps_on_another_loop_on_the_thread_pool_and_back()
    {
        await using KvService service = await IoVariants.StartAsync(IoVariants.Options(IoVariants.FlexScPooled) with { Loops = 2 });
        IActorRef sweeper = await service.System.ActorSelection("/user/sweeper").ResolveOne(Deadline);
        ConcurrentQueue<Error> errors = new();
        IActorRef listener = service.System.ActorOf(Props.Create(() => new Listener(errors)));
        service.System.EventStream.Subscribe(listener, typeof(Error));
        Func<Task>[] moves =
        [
            () => PinAsync(service, sweeper, 0),
            () => PinAsync(service, sweeper, 1),
            () => Done(FlexEviction.Evict(sweeper)),
            () => Done(FlexEviction.Return(sweeper)),
            () => PinAsync(service, sweeper, 0),
        ];
        using KvClient client = new(service.LocalEndPoint);
        foreach (Func<Task> move in moves)
        {
            await move();
            Assert.Equal("STORED", client.Ask("set gone 0 1 1\r\nx\r\n"));
            await WaitUntilAsync(() => service.Store.Figures().UsedBytes == 0);
        }

        // One that fails begins anew, and would sweep as well.
        Assert.Empty(errors);
    }

    private static Task Done(bool isDone)
    {
        Assert.True(isDone);
        return Task.CompletedTask;
    }

    private static async Task PinAsync(KvService service, IActorRef actor, int loop) =>
        Assert.IsType<FlexPlacement.Done>(await service.System.FlexPlacement().Ask(new FlexPlacement.PinActor(actor, loop), Deadline));

    private static async Task WaitUntilAsync(Func<bool> condition)
    {
        using CancellationTokenSource deadline = new(Deadline);
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(5));
        while (!condition())
        {
            await timer.WaitForNextTickAsync(deadline.Token);
        }
    }

    private sealed class Listener : ReceiveActor
    {
        public Listener(ConcurrentQueue<Error> errors) => Receive<Error>(errors.Enqueue);
    }
}
