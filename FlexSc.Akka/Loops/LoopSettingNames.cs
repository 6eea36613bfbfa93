using FlexSc.Interop.Page;

namespace FlexSc.Akka.Loops;

/// <summary>The options of a loop by the names that a configuration has for them.</summary>
internal static class LoopSettingNames
{
    private static readonly (string Property, string Key)[] Names =
    [
        (nameof(SyscallLoopOptions.SyscallThreadSpinMicroseconds), "syscall-thread-spin-us"),
        (nameof(SyscallLoopOptions.SyscallThreadCpus), "syscall-thread-cpus"),
        (nameof(SyscallLoopOptions.SyscallThreads), "syscall-threads"),
        (nameof(SyscallLoopOptions.CompanionThreads), "companion-threads"),
        (nameof(SyscallLoopOptions.WaitingThreads), "waiting-threads"),
        (nameof(SyscallLoopOptions.RingChangeLimitMs), "ring-change-limit-ms"),
        (nameof(SyscallLoopOptions.KernelWorkers), "kernel-workers"),
        (nameof(SyscallLoopOptions.CompletionsPerTurn), "completions-per-turn"),
        (nameof(SyscallLoopOptions.CompletionSlots), "completion-slots"),
        (nameof(SyscallLoopOptions.SubmissionSlots), "submission-slots"),
        (nameof(SyscallLoopOptions.SubmissionPollIdleMs), "submission-poll-idle-ms"),
        (nameof(SyscallLoopOptions.SubmissionPollCpu), "submission-poll-cpu"),
        (nameof(SyscallLoopOptions.BatchWaitMicroseconds), "batch-wait-us"),
        (nameof(SyscallLoopOptions.WakeSpinMicroseconds), "wake-spin-us"),
        (nameof(SyscallLoopOptions.WorkPerTurn), "mailboxes-per-turn"),
        (nameof(SyscallLoopOptions.TurnBudgetMicroseconds), "turn-budget-us"),
        (nameof(SyscallLoopOptions.BufferCount), "receive-buffers"),
        (nameof(SyscallLoopOptions.BufferBytes), "receive-buffer-bytes"),
        (nameof(SyscallLoopOptions.Pages), "pages"),
    ];

    /// <summary>The text of a refused option, with keys in place of names that only a program knows.</summary>
    /// <param name="section">Where the keys are.</param>
    /// <param name="refused">As the options' check throws it.</param>
    public static string Describe(string section, ArgumentOutOfRangeException refused)
    {
        // The runtime puts the parameter and the value behind the sentence.
        string sentence = refused.Message.Split(" (Parameter ", 2)[0];
        string key = refused.ParamName ?? "";
        foreach ((string property, string name) in Names)
        {
            sentence = sentence.Replace(property, name, StringComparison.Ordinal);
            key = key == property ? name : key;
        }

        return $"{section}.{key}: {sentence}, not '{refused.ActualValue}'";
    }
}
