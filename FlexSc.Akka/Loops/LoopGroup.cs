using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using FlexSc.Interop.Capabilities;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;

namespace FlexSc.Akka.Loops;

/// <summary>
/// The loops of an actor system: started when first needed, shared by its dispatchers and its I/O, ended when the system has
/// terminated. Members may be called from any thread.
/// </summary>
internal sealed class LoopGroup
{
    // A dispatcher is made before the system can hold extensions, so the groups are kept beside the systems.
    private static readonly ConditionalWeakTable<ActorSystem, LoopGroup> Groups = [];

    private readonly Lock _gate = new();
    private readonly ActorSystem _system;
    private readonly Func<int, LoopRank> _rankOf;
    private ActorLoop[]? _loops;
    private StallWatchdog? _watchdog;
    private IDisposable? _companion;
    private bool _ended;
    private int _hasDefaults;
    private uint _next;

    /// <summary>Loops that get no new work, by index; null while all do. Replaced as a whole.</summary>
    private volatile bool[]? _closed;

    private LoopGroup(ActorSystem system)
    {
        _system = system;
        if (StockInstead.Of(system) is { } stock)
        {
            throw stock.Refusal("a FlexSC loop", "use Akka.NET's own counterpart");
        }

        Settings = LoopSettings.Create(system.Settings.Config);
        Population = new LoopPopulation(Settings.Count);
        _rankOf = RankOf;
        GivenUp = new GivenUpLoops(this);
        Spread = new ConnectionSpread(this, Settings.LoopsWithoutActors);
        CoresBesideLoops = new CoresBesideLoops(this);
        Evictions = new Evictions(this, EvictionSettings.Create(system.Settings.Config));
        Diagnostics = DiagnosticsSettings.Create(system.Settings.Config);
    }

    public LoopSettings Settings { get; }

    /// <summary>How many actors live on each loop.</summary>
    public LoopPopulation Population { get; }

    /// <summary>The actors that followed a connection.</summary>
    public FollowingActors Followers { get; } = new();

    /// <summary>What waits for actors to begin.</summary>
    public StartingActors Starting { get; } = new();

    /// <summary>The actors that do not run on their loop, because they held it up.</summary>
    public Evictions Evictions { get; }

    /// <summary>Where those of them run that compute.</summary>
    public CoresBesideLoops CoresBesideLoops { get; }

    /// <summary>Which loop takes an accepted connection.</summary>
    public ConnectionSpread Spread { get; }

    /// <summary>The loops that are done without, because their work does not come back.</summary>
    public GivenUpLoops GivenUp { get; }

    /// <summary>Whether and where the system tells how it is.</summary>
    public DiagnosticsSettings Diagnostics { get; }

    /// <summary>Which backend the loops run on and why; null until they were started.</summary>
    public BackendChoice? Choice { get; private set; }

    public ActorSystem System => _system;

    /// <summary>What the time of the loops is measured by.</summary>
    public TimeProvider Clock { get; } = LoopEnvironment.Ambient.Clock;

    public ILoggingAdapter Log => Logging.GetLogger(_system, typeof(LoopGroup));

    /// <summary>
    /// Starts what is to run beside the loops of a system and looks at rooms above this one; it is disposed when the system has
    /// terminated. Null for nothing. Set before any system is made.
    /// </summary>
    public static Func<LoopGroup, IDisposable?>? StartCompanion { get; set; }

    /// <summary>The group of a system.</summary>
    /// <exception cref="PlatformNotSupportedException">FlexSC does not run here, or is switched off.</exception>
    /// <exception cref="ConfigurationException">A value of <c>flexsc.loops</c> is out of range.</exception>
    public static LoopGroup Of(ActorSystem system) => Groups.GetValue(system, static owner => new LoopGroup(owner));

    /// <summary>True once, for the first who asks: it puts the defaults of FlexSC behind the system's configuration.</summary>
    /// <remarks>The look first: it is asked for each actor that is made.</remarks>
    public bool TryBeginDefaults() => Volatile.Read(ref _hasDefaults) == 0 && Interlocked.Exchange(ref _hasDefaults, 1) == 0;

    /// <summary>The loops; starts them.</summary>
    /// <exception cref="BackendUnavailableException">The backend that was asked for cannot run here; the text names the remedy.</exception>
    /// <exception cref="LinuxException">A loop cannot be set up; the text names the remedy.</exception>
    /// <exception cref="InvalidOperationException">The system has terminated.</exception>
    public IReadOnlyList<ActorLoop> Loops => _loops ?? Start();

    /// <summary>The loops when they were started, for those who only look.</summary>
    public IReadOnlyList<ActorLoop> StartedLoops => _loops ?? [];

    /// <summary>Says which loops get no new connections and actors; null for none. One at least is left.</summary>
    public void Close(bool[]? closed) => _closed = closed;

    /// <summary>Whether a loop gets new connections and actors.</summary>
    public bool IsOpen(int loop) => _closed is not { } closed || !closed[loop];

    /// <summary>Whether a loop gets new connections and does what it is given.</summary>
    public bool TakesNew(ActorLoop loop) => RankOf(loop) == LoopRank.TakesNew;

    /// <summary>How well a loop is placed to be given something new.</summary>
    public LoopRank RankOf(ActorLoop loop) =>
        loop.Loop.HasFailed ? LoopRank.Failed
        : loop.IsGivenUp ? LoopRank.GivenUp
        : loop.IsHeldUp ? LoopRank.HeldUp
        : IsOpen(loop.Index) ? LoopRank.TakesNew
        : LoopRank.Closed;

    /// <summary>The next loop in turn of those with the best rank.</summary>
    /// <param name="wanted">It is one of the first so many, if one of them gets new work.</param>
    public ActorLoop Next(int wanted = int.MaxValue)
    {
        IReadOnlyList<ActorLoop> loops = Loops;
        if (wanted < loops.Count)
        {
            uint turn = Interlocked.Increment(ref _next);
            for (uint i = 0; i < (uint)wanted; i++)
            {
                ActorLoop loop = loops[(int)((turn + i) % (uint)wanted)];
                if (TakesNew(loop))
                {
                    return loop;
                }
            }
        }

        uint first = Interlocked.Increment(ref _next);
        ActorLoop? best = null;
        LoopRank bestRank = default;
        for (uint i = 0; i < (uint)loops.Count; i++)
        {
            ActorLoop loop = loops[(int)((first + i) % (uint)loops.Count)];
            LoopRank rank = RankOf(loop);
            if (rank == LoopRank.TakesNew)
            {
                return loop;
            }

            (best, bestRank) = best is null || rank < bestRank ? (loop, rank) : (best, bestRank);
        }

        return best!;
    }

    /// <summary>Index of the loop where an actor without a connection starts; starts no loop.</summary>
    public int PlaceIndex() => Settings.Placement == LoopPlacement.Parent && ActorLoop.Current is { } current && current.Group == this
        ? current.Index
        : Population.Fewest(_rankOf);

    /// <summary>Loops that are not started yet serve.</summary>
    private LoopRank RankOf(int loop) =>
        StartedLoops is { Count: > 0 } loops ? RankOf(loops[loop]) : IsOpen(loop) ? LoopRank.TakesNew : LoopRank.Closed;

    private ActorLoop[] Start()
    {
        lock (_gate)
        {
            if (_loops is not null)
            {
                return _loops;
            }

            if (_ended)
            {
                throw new InvalidOperationException($"the actor system '{_system.Name}' has terminated and its loops with it");
            }

            BackendChoice choice = LoopEnvironment.Ambient.ChooseBackend(Settings.LoopOptions);
            List<ActorLoop> started;
            try
            {
                started = StartLoops(choice.Chosen);
            }
            catch (LinuxException exception) when (choice is { Requested: SyscallBackendKind.Auto, Chosen: SyscallBackendKind.IoUring })
            {
                // One ring could be made, but not one for each loop.
                choice = new BackendChoice(choice.Requested, SyscallBackendKind.SyscallThreads, exception.Message, []);
                started = StartLoops(choice.Chosen);
            }

            started.ForEach(loop => loop.Loop.Ended.ContinueWith(ended => OnLoopFailed(loop, ended), TaskContinuationOptions.OnlyOnFaulted));
            _watchdog = StallWatchdog.Start(this, started);

            // Not as a termination callback: of those Akka.NET awaits the one that was registered last, so that Terminate would be over
            // before the system's scheduler was stopped, and before callbacks of the application's own.
            _system.WhenTerminated.ContinueWith(
                static (_, group) => ((LoopGroup)group!).End(), this, CancellationToken.None,
                LoopEnvironment.Ambient.IsStepped ? TaskContinuationOptions.ExecuteSynchronously : TaskContinuationOptions.None, TaskScheduler.Default);
            Choice = choice;
            _loops = [.. started];
            LoopMetrics.Add(this);
            TellStart(choice);

            // Loops that are stepped have no threads beside them.
            _companion = LoopEnvironment.Ambient.IsStepped ? null : StartCompanion?.Invoke(this);
            return _loops;
        }
    }

    private void TellStart(BackendChoice choice)
    {
        foreach (string warning in (IEnumerable<string>)[.. UnknownKeys.Warnings(_system.Settings.Config), .. Settings.Warnings])
        {
            Log.Warning(warning);
        }

        (bool isFallback, string text) = DescribeStart(Settings.Count, choice);
        FlexScEvents.Log.BackendChosen(
            _system.Name, Settings.Count, SyscallBackendKinds.Format(choice.Chosen), SyscallBackendKinds.Format(choice.Requested), choice.Reason);
        Log.Log(isFallback ? global::Akka.Event.LogLevel.WarningLevel : global::Akka.Event.LogLevel.InfoLevel, text);
    }

    /// <summary>The line for the log, and whether it is to warn: a program must not fall back to what costs more in silence.</summary>
    internal static (bool IsFallback, string Text) DescribeStart(int loops, BackendChoice choice)
    {
        string text = $"{loops} FlexSC {(loops == 1 ? "loop" : "loops")} on the backend {SyscallBackendKinds.Format(choice.Chosen)}: {choice.Reason}";
        if (choice is not { Requested: SyscallBackendKind.Auto, Chosen: SyscallBackendKind.SyscallThreads })
        {
            return (false, text);
        }

        string remedy = choice.Remedies.Count > 0 ? $"; {string.Join("; ", choice.Remedies)}" : "";
        return (true, $"{text}{remedy}. Each of its calls traps; flexsc.loops.backend = syscall-threads accepts that.");
    }

    private List<ActorLoop> StartLoops(SyscallBackendKind backend)
    {
        List<ActorLoop> started = [];
        try
        {
            for (int i = 0; i < Settings.Count; i++)
            {
                ActorLoop loop = new(this, i);
                SyscallLoopOptions options = Settings.LoopOptions with { Backend = backend, Cpu = Settings.Cpus[i] };
                SyscallLoop.Start(options, $"{_system.Name}-flexsc-{i}", loop);
                started.Add(loop);
            }

            return started;
        }
        catch
        {
            started.ForEach(loop => loop.Loop.Dispose());
            throw;
        }
    }

    /// <summary>Resets and closes what the loops still hold of sockets: once the system has terminated, its addresses can be bound again.</summary>
    public void CloseSockets() => CloseAll(static loop => loop.CloseSocketsAsync(), "sockets");

    /// <summary>Closes on every loop, and waits for that within a limit. Not on a loop, which would wait for itself, nor where loops are stepped.</summary>
    /// <param name="close">Closes what a loop holds, on its thread.</param>
    /// <param name="what">What that is.</param>
    public void CloseAll(Func<ActorLoop, Task<bool>> close, string what)
    {
        AskBounds bounds = new() { IsDoneLater = true };
        Task[] closed = [.. StartedLoops.Where(static loop => !loop.Loop.HasFailed).Select(loop => loop.AskAsync(() => close(loop), bounds))];
        if (ActorLoop.Current is null && !LoopEnvironment.Ambient.IsStepped && !Task.WhenAll(closed).ContinueWith(static _ => { }, TaskScheduler.Default).Wait(Settings.SocketCloseLimitMs))
        {
            Log.Warning("{0} are still open {1} ms after their actor system ended; they close with its loops", what, Settings.SocketCloseLimitMs);
        }
    }

    private void End()
    {
        lock (_gate)
        {
            _ended = true;
            LoopMetrics.Remove(this);
            _watchdog?.Dispose();
            _companion?.Dispose();
        }

        // All of them before one is waited for, and nobody waits for their threads: a loop that is given up may never come to its end, and must
        // keep no other from it.
        foreach (ActorLoop loop in StartedLoops)
        {
            loop.Loop.RequestStop();
        }

        if (!LoopEnvironment.Ambient.IsStepped)
        {
            _ = TellLeftAsync();
        }
    }

    /// <summary>Names the loops that do not end. They were asked to, and do when their work comes back; their threads keep no process alive.</summary>
    private async Task TellLeftAsync()
    {
        // A failed loop was reported when it failed.
        Task ended = Task.WhenAll(StartedLoops.Select(static loop => loop.Loop.Ended)).ContinueWith(static _ => { }, TaskScheduler.Default);
        try
        {
            await ended.WaitAsync(TimeSpan.FromMilliseconds(Settings.SocketCloseLimitMs), Clock).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            foreach (ActorLoop loop in StartedLoops.Where(static loop => !loop.Loop.Ended.IsCompleted))
            {
                Log.Warning(
                    "loop {0} has not ended {1} ms after its actor system (flexsc.loops.socket-close-limit-ms): {2} holds it up, or calls that nothing ends are in flight. It ends with them",
                    loop.Index, Settings.SocketCloseLimitMs, RunningWork.NameOf(loop.Activity.Running));
            }
        }
    }

    private void OnLoopFailed(ActorLoop loop, Task ended)
    {
        FlexScEvents.Log.LoopFailed(_system.Name, loop.Index, ended.Exception!.GetBaseException().Message);
        if (Settings.OnLoopFailure == LoopFailureAnswer.Terminate || StartedLoops.All(other => other.Loop.HasFailed))
        {
            Log.Error(ended.Exception, "FlexSC loop {0} was ended by an error and its connections with it; the actor system terminates", loop.Index);
            _system.Terminate();
        }
        else
        {
            Log.Error(ended.Exception, "FlexSC loop {0} was ended by an error and its connections with it; its actors go on on another loop", loop.Index);
        }
    }
}
