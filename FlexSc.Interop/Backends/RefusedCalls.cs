using System.Collections.Frozen;

namespace FlexSc.Interop.Backends;

/// <summary>
/// Calls that would change or end the thread that executes an entry instead of the one that submitted it. They complete with
/// -EPERM. Numbers are those of x86-64, see syscalls(2).
/// </summary>
internal static class RefusedCalls
{
    private static readonly FrozenSet<ushort> Numbers = new ushort[]
    {
        // Make or replace a process, or end a thread: clone, fork, vfork, execve, exit, exit_group, execveat, clone3, ptrace.
        56, 57, 58, 59, 60, 231, 322, 435, 101,

        // Signals of a thread: rt_sigprocmask, rt_sigreturn, pause, rt_sigsuspend, sigaltstack, restart_syscall.
        14, 15, 34, 130, 131, 219,

        // State of a thread: arch_prctl, prctl, set_tid_address, set_robust_list, rseq, personality.
        158, 157, 218, 273, 334, 135,

        // Credentials and confinement of a thread: setuid, setgid, setreuid, setregid, setgroups, setresuid, setresgid,
        // setfsuid, setfsgid, capset, seccomp, unshare, setns, landlock_restrict_self, iopl, ioperm.
        105, 106, 113, 114, 116, 117, 119, 122, 123, 126, 317, 272, 308, 446, 172, 173,

        // Scheduling of a thread: sched_setparam, sched_setscheduler, sched_setaffinity, sched_setattr, setpriority,
        // ioprio_set, set_mempolicy.
        142, 144, 203, 314, 141, 251, 238,
    }.ToFrozenSet();

    public static bool Contains(ushort number) => Numbers.Contains(number);
}
