using System.Globalization;
using Akka.Configuration;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;

namespace FlexSc.Akka.Loops;

/// <summary>Where actors without a connection start.</summary>
public enum LoopPlacement
{
    /// <summary>On the loop with the fewest actors.</summary>
    Spread,

    /// <summary>On the loop of the actor that made them; as <see cref="Spread"/> when no loop did.</summary>
    Parent,
}

/// <summary>What is done when an error of its backend ends a loop.</summary>
public enum LoopFailureAnswer
{
    /// <summary>The actor system terminates.</summary>
    Terminate,

    /// <summary>Its actors run on another loop, and its listeners accept there; its connections are gone. Without another loop the system terminates.</summary>
    Continue,
}

/// <summary>The section <c>flexsc.loops</c>; see reference.conf for meaning and ranges.</summary>
public sealed record LoopSettings
{
    private const string Path = "flexsc.loops";
    private const int MaxLoops = 1024;
    private const int MinPages = 4;

    /// <summary>What reference.conf says of <c>pages</c>.</summary>
    internal const int UsualPages = 1024;

    /// <summary>The least that one send hands to the kernel: the size of a small send block, enough for a batch of short answers.</summary>
    internal const int MinSendBlockBytes = 4096;

    private const int MaxSendBlockBytes = 1024 * 1024;
    private const int MaxMilliseconds = 3_600_000;

    /// <summary>Number of loops, 1 to 1,024.</summary>
    public required int Count { get; init; }

    /// <summary>Core of each loop; null where it is not pinned.</summary>
    public required IReadOnlyList<int?> Cpus { get; init; }

    /// <summary>Bounds of each loop; the core is added for each.</summary>
    public required SyscallLoopOptions LoopOptions { get; init; }

    /// <summary>Bytes of a large send block: the most that one send hands to the kernel.</summary>
    public required int SendBlockBytes { get; init; }

    /// <summary>Bytes of send blocks each loop keeps.</summary>
    public required int SendPoolBytes { get; init; }

    /// <summary>Milliseconds a handler may run before it is named; 0 is off.</summary>
    public required int StallWarningMs { get; init; }

    /// <summary>Milliseconds that a loop's work may not come back before the loop is given up; 0 is never.</summary>
    public required int GiveUpMs { get; init; }

    /// <summary>What is done when an error of its backend ends a loop.</summary>
    public required LoopFailureAnswer OnLoopFailure { get; init; }

    /// <summary>Milliseconds that the end of an actor system waits for its sockets to be closed.</summary>
    public required int SocketCloseLimitMs { get; init; }

    /// <summary>Loops that get accepted connections while no actor lives on any loop.</summary>
    public required int LoopsWithoutActors { get; init; }

    /// <summary>Where actors without a connection start.</summary>
    public required LoopPlacement Placement { get; init; }

    /// <summary>Whether a loop that has too much to do gives actors that handle no connection to one that has time.</summary>
    public required bool SharesActors { get; init; }

    /// <summary>What is allowed and hardly meant, a sentence each, with its remedy; told when the loops start.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Reads the section from a system's configuration.</summary>
    /// <exception cref="ConfigurationException">A value is out of range; the text names the key.</exception>
    public static LoopSettings Create(Config application) => Create(application, ThreadAffinity.AllowedCpus());

    /// <summary>The same for a process that may use some cores.</summary>
    internal static LoopSettings Create(Config application, IReadOnlyList<int> allowed)
    {
        Config config = FlexScConfig.Section(application, Path);
        IReadOnlyList<int> named = ParseCpus(config.GetString("cpus"));
        int count = config.GetString("count") == "cores"
            ? named.Count > 0 ? named.Count : Math.Min(allowed.Count, Environment.ProcessorCount)
            : FlexScConfig.Number(config, Path, "count", 1, MaxLoops);
        if (named.Count > 0 && named.Count != count)
        {
            throw new ConfigurationException($"{Path}.cpus names {named.Count} cores for {count} loops: name one core for each");
        }

        RequireAllowed(named, allowed);
        return new LoopSettings
        {
            Count = count,
            Warnings = count > allowed.Count
                ? [$"{Path}.count makes {count} loops for the {allowed.Count} {(allowed.Count == 1 ? "core" : "cores")} that this process may use: they take turns on them, and none is pinned; set it to cores, or to {allowed.Count} at most"]
                : [],
            Cpus = PlaceOnCores(count, named, allowed, IsPinned(config, application)),
            LoopOptions = ReadOptions(config),
            SendBlockBytes = Read(config, "send-block-bytes", MinSendBlockBytes, MaxSendBlockBytes),
            SendPoolBytes = Read(config, "send-pool-bytes", 0, int.MaxValue),
            StallWarningMs = Read(config, "stall-warning-ms", 0, MaxMilliseconds),
            GiveUpMs = Read(config, "give-up-ms", 0, MaxMilliseconds),
            OnLoopFailure = FlexScConfig.Choice(config, Path, "on-loop-failure", "terminate", "continue") == "continue"
                ? LoopFailureAnswer.Continue : LoopFailureAnswer.Terminate,
            LoopsWithoutActors = ReadLoopsWithoutActors(config.GetString("without-actors"), count),
            SocketCloseLimitMs = Read(config, "socket-close-limit-ms", 0, MaxMilliseconds),
            Placement = FlexScConfig.Choice(config, Path, "placement", "spread", "parent") == "parent" ? LoopPlacement.Parent : LoopPlacement.Spread,
            SharesActors = FlexScConfig.Switch(config, Path, "share-actors"),
        };
    }

    /// <summary>Reads a list of cores such as "0,2-3".</summary>
    /// <exception cref="ConfigurationException">The text is no such list, or names a core twice.</exception>
    internal static IReadOnlyList<int> ParseCpus(string text, string key = "cpus")
    {
        return CpuList.TryParse(text, out IReadOnlyList<int> cpus, out string? mistake)
            ? cpus
            : throw new ConfigurationException($"{Path}.{key} {mistake}");
    }

    /// <summary>A thread that is to be pinned to a core outside of the process's own would only fail when it starts.</summary>
    private static void RequireAllowed(IReadOnlyList<int> named, IReadOnlyList<int> allowed)
    {
        int[] outside = [.. named.Except(allowed)];
        if (outside.Length > 0)
        {
            throw new ConfigurationException(
                $"{Path}.cpus names {(outside.Length == 1 ? "core" : "cores")} {string.Join(", ", outside)}, but this process may use {string.Join(", ", allowed)} alone: name cores of those, or start it with others (taskset, the container's cpuset)");
        }
    }

    private static int ReadLoopsWithoutActors(string text, int count) => text switch
    {
        "half" => Math.Max(1, count / 2),
        "all" => count,
        _ => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is >= 1 and <= MaxLoops
            ? number
            : throw new ConfigurationException($"{Path}.without-actors must be half, all, or a number from 1 to {MaxLoops}, not '{text}'"),
    };

    private static SyscallLoopOptions ReadOptions(Config config)
    {
        if (!SyscallBackendKinds.TryParse(config.GetString("backend"), out SyscallBackendKind backend))
        {
            throw new ConfigurationException(
                $"{Path}.backend must be one of {string.Join(", ", SyscallBackendKinds.Names)}, not '{config.GetString("backend")}'");
        }

        string pollCpu = config.GetString("submission-poll-cpu");
        SyscallLoopOptions options = new()
        {
            Backend = backend,
            SyscallThreads = Read(config, "syscall-threads", 0, SyscallLoopOptions.MaxSyscallThreads),
            SyscallThreadCpus = ParseCpus(config.GetString("syscall-thread-cpus"), "syscall-thread-cpus"),
            SyscallThreadSpinMicroseconds = Read(
                config, "syscall-thread-spin-us", 0, SyscallLoopOptions.MaxSyscallThreadSpinMicroseconds),
            Pages = Read(config, "pages", MinPages, SyscallLoopOptions.MaxPages),
            SubmissionSlots = Read(config, "submission-slots", 1, int.MaxValue),
            CompletionSlots = Read(config, "completion-slots", 1, int.MaxValue),
            CompletionsPerTurn = Read(config, "completions-per-turn", 1, int.MaxValue),
            WorkPerTurn = Read(config, "mailboxes-per-turn", 1, int.MaxValue),
            TurnBudgetMicroseconds = Read(config, "turn-budget-us", 1, SyscallLoopOptions.MaxTurnBudgetMicroseconds),
            BufferCount = Read(config, "receive-buffers", 1, SyscallLoopOptions.MaxBufferCount),
            BufferBytes = Read(config, "receive-buffer-bytes", 1, int.MaxValue),
            BatchWaitMicroseconds = Read(config, "batch-wait-us", 0, SyscallLoopOptions.MaxBatchWaitMicroseconds),
            WakeSpinMicroseconds = Read(config, "wake-spin-us", 0, SyscallLoopOptions.MaxWakeSpinMicroseconds),
            CompanionThreads = Read(config, "companion-threads", 1, MaxLoops),
            WaitingThreads = Read(config, "waiting-threads", 1, SyscallLoopOptions.MaxWaitingThreads),
            RingChangeLimitMs = Read(config, "ring-change-limit-ms", 0, SyscallLoopOptions.MaxRingChangeLimitMs),
            KernelWorkers = Read(config, "kernel-workers", 0, SyscallLoopOptions.MaxKernelWorkers),
            SubmissionPollCpu = pollCpu is "off" or "false" ? null : Read(config, "submission-poll-cpu", 0, ThreadAffinity.MaxCpus - 1),
            SubmissionPollIdleMs = Read(config, "submission-poll-idle-ms", 1, MaxMilliseconds),
        };
        try
        {
            options.Validate();
        }
        catch (ArgumentOutOfRangeException exception)
        {
            throw new ConfigurationException(LoopSettingNames.Describe(Path, exception), exception);
        }

        return options;
    }

    private static int Read(Config config, string key, int min, int max) => FlexScConfig.Number(config, Path, key, min, max);

    /// <summary>
    /// Whether loops are pinned. Where actors run on the thread pool its threads share the cores with the loops, and a loop that is bound
    /// to its core waits for them though another core is free.
    /// </summary>
    private static bool IsPinned(Config config, Config application)
    {
        const string ownDispatchers = "FlexSc.Akka.";
        return FlexScConfig.Choice(config, Path, "pin", "auto", "on", "off", "true", "false") switch
        {
            "on" or "true" => true,
            "auto" => application.GetString("akka.actor.default-dispatcher.type", "").StartsWith(ownDispatchers, StringComparison.Ordinal),
            _ => false,
        };
    }

    private static IReadOnlyList<int?> PlaceOnCores(int count, IReadOnlyList<int> named, IReadOnlyList<int> allowed, bool pin)
    {
        if (named.Count > 0)
        {
            return [.. named.Select(cpu => (int?)cpu)];
        }

        // More loops than cores would put several on one: then the kernel's scheduler does better than a pin.
        return [.. Enumerable.Range(0, count).Select(i => pin && count <= allowed.Count ? allowed[i] : (int?)null)];
    }
}
