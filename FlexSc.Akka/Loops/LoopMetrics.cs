using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace FlexSc.Akka.Loops;

/// <summary>The loops' figures as instruments of the meter FlexSc. They are read when somebody looks, from any thread, and cost a loop nothing.</summary>
internal static class LoopMetrics
{
    private static readonly ConcurrentDictionary<LoopGroup, byte> Groups = new();

    static LoopMetrics()
    {
        Count("flexsc.syscalls", "{call}", "System calls submitted through the page.", static loop => loop.Loop.Submissions);
        Count("flexsc.traps", "{trap}", "Traps into the kernel made to submit and collect.", static loop => loop.Loop.Traps);
        Count("flexsc.loop.turns", "{turn}", "Turns of the loop.", static loop => loop.Loop.Turns);
        Count("flexsc.loop.callback.failures", "{failure}", "Exceptions out of what a loop called.", static loop => loop.Loop.CallbackFailures);
        Count("flexsc.connections.refused", "{connection}", "Connections reset because the page set had no room for them.", static loop => loop.Io.RefusedConnections);
        Gauge("flexsc.loop.batch.size", "{call}", "Calls for each trap, on average since the loop began.",
            static loop => loop.Loop.Traps is > 0 and long traps ? (double)loop.Loop.Submissions / traps : 0);
        Gauge("flexsc.page.entries.used", "{entry}", "Syscall entries in use.", static loop => loop.Loop.UsedEntries);
        Gauge("flexsc.page.entries.limit", "{entry}", "Syscall entries that there are.", static loop => loop.Loop.EntryCount);
        Gauge("flexsc.connections", "{connection}", "Open connections.", static loop => loop.Io.ConnectionCount);
        Count("flexsc.actors.given", "{actor}", "Actors that the loop has given to one with time left.", static loop => loop.GivenActors);
        Gauge("flexsc.actors", "{actor}", "Actors that live on the loop by its dispatcher.", static loop => loop.Group.Population.Of(loop.Index));
    }

    /// <summary>The loops of a group are looked at from now on.</summary>
    public static void Add(LoopGroup group) => Groups.TryAdd(group, 0);

    /// <summary>They have ended.</summary>
    public static void Remove(LoopGroup group) => Groups.TryRemove(group, out _);

    /// <summary>A measurement of each loop that runs.</summary>
    public static IEnumerable<Measurement<T>> OfEachLoop<T>(Func<ActorLoop, T> read)
        where T : struct => Groups.Keys.SelectMany(group => group.StartedLoops.Select(loop => new Measurement<T>(
            read(loop),
            new KeyValuePair<string, object?>("flexsc.system", group.System.Name),
            new KeyValuePair<string, object?>("flexsc.loop", loop.Index),
            new KeyValuePair<string, object?>("flexsc.backend", loop.Loop.BackendName))));

    private static void Count(string name, string unit, string description, Func<ActorLoop, long> read) =>
        FlexScTelemetry.Meter.CreateObservableCounter(name, () => OfEachLoop(read), unit, description);

    private static void Gauge<T>(string name, string unit, string description, Func<ActorLoop, T> read)
        where T : struct => FlexScTelemetry.Meter.CreateObservableGauge(name, () => OfEachLoop(read), unit, description);
}
