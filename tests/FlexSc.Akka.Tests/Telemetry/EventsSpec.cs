using System.Collections.Concurrent;
using System.Diagnostics.Tracing;
using Akka.Actor;
using Akka.TestKit;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.Loops;
using FlexSc.Akka.Placement;
using FlexSc.Akka.Tests.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.Telemetry;

public sealed class EventsSpec() : EvictionFixture(Dispatcher, stallWarningMs: 50, pin: "on")
{
    [Fact]
    public void The_manifest_is_what_tools_take() =>
        Assert.Contains("LoopHeldUp", EventSource.GenerateManifest(typeof(FlexScEvents), "FlexSc.Akka.dll", EventManifestOptions.Strict), StringComparison.Ordinal);

    [Fact]
    public async Task A_stall_an_eviction_and_the_return_are_told_to_who_listens()
    {
        using Listener listener = new(Sys.Name);
        TestProbe evictions = Subscribe<ActorEvicted>();
        IActorRef blocking = Create();
        string path = blocking.Path.ToString();
        using ManualResetEventSlim release = new();
        blocking.Tell(new WaitFor(release));
        await evictions.ExpectMsgAsync<ActorEvicted>(Deadline);
        await listener.ExpectAsync("BackendChosen", 1, LoopGroup.Of(Sys).Loops[0].Loop.BackendName, "auto", LoopGroup.Of(Sys).Choice!.Reason);
        await listener.ExpectAsync("LoopHeldUp", 0, 50, path);
        await listener.ExpectAsync("ActorEvicted", path, 0, "its handler held the loop up for too long (flexsc.loops.stall-warning-ms)");
        release.Set();
        await listener.ExpectAsync("LoopGoesOn", 0);
        FlexEviction.Return(blocking);
        await listener.ExpectAsync("ActorReturned", path, 0);
    }

    [Fact]
    public async Task A_decision_of_placement_is_told_with_its_reason()
    {
        using Listener listener = new(Sys.Name);
        IActorRef placement = Sys.FlexPlacement();
        placement.Tell(new FlexPlacement.SetPolicy("FlexSc.Akka.Tests.Diagnostics.FlexReportSpec+Served, FlexSc.Akka.Tests"), TestActor);
        await ExpectMsgAsync<FlexPlacement.Done>(Deadline);
        await listener.ExpectAsync("PlacementChanged", 1, 1, 0, "for the report");
    }

    /// <summary>Events of one actor system, each as its name and what it carries behind the system's name.</summary>
    private sealed class Listener(string system) : EventListener
    {
        private readonly ConcurrentQueue<string> _events = new();
        private readonly SemaphoreSlim _added = new(0);

        public async Task ExpectAsync(string name, params object[] payload)
        {
            string expected = TextOf(name, payload);
            while (!_events.Contains(expected))
            {
                Assert.True(await _added.WaitAsync(Deadline), $"'{expected}' did not come, but {string.Join(", ", _events)}");
            }
        }

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == FlexScTelemetry.Name)
            {
                EnableEvents(eventSource, EventLevel.Informational);
            }
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            // Other systems of this process are none of this test's.
            if (eventData.Payload is { Count: > 0 } payload && Equals(payload[0], system))
            {
                _events.Enqueue(TextOf(eventData.EventName!, payload.Skip(1)));
                _added.Release();
            }
        }

        private static string TextOf(string name, IEnumerable<object?> payload) => $"{name}({string.Join(", ", payload)})";
    }
}
