namespace FlexSc.Interop.Linux;

/// <summary>
/// The numbers of system calls on arm64. Entries carry those of x86-64 wherever they run (docs/decisions/0026-arm64.md); they become
/// these where the call is made, and nowhere else.
/// </summary>
internal static class Arm64Numbers
{
    /// <summary>From here on all architectures give a new call the same number, since Linux 5.1.</summary>
    private const int FirstCommon = 424;

    private const long None = -1;

    /// <summary>
    /// Those of include/uapi/asm-generic/unistd.h (Linux 6.12), which arch/arm64/include/uapi/asm/unistd.h takes, in their order; a line
    /// begins with the number of its first.
    /// </summary>
    private static readonly string[] From0 =
    [
        /*   0 */ "io_setup", "io_destroy", "io_submit", "io_cancel", "io_getevents", "setxattr", "lsetxattr", "fsetxattr", "getxattr",
        /*   9 */ "lgetxattr", "fgetxattr", "listxattr", "llistxattr", "flistxattr", "removexattr", "lremovexattr", "fremovexattr",
        /*  17 */ "getcwd", "lookup_dcookie", "eventfd2", "epoll_create1", "epoll_ctl", "epoll_pwait", "dup", "dup3", "fcntl",
        /*  26 */ "inotify_init1", "inotify_add_watch", "inotify_rm_watch", "ioctl", "ioprio_set", "ioprio_get", "flock", "mknodat",
        /*  34 */ "mkdirat", "unlinkat", "symlinkat", "linkat", "renameat", "umount2", "mount", "pivot_root", "nfsservctl", "statfs",
        /*  44 */ "fstatfs", "truncate", "ftruncate", "fallocate", "faccessat", "chdir", "fchdir", "chroot", "fchmod", "fchmodat",
        /*  54 */ "fchownat", "fchown", "openat", "close", "vhangup", "pipe2", "quotactl", "getdents64", "lseek", "read", "write", "readv",
        /*  66 */ "writev", "pread64", "pwrite64", "preadv", "pwritev", "sendfile", "pselect6", "ppoll", "signalfd4", "vmsplice", "splice",
        /*  77 */ "tee", "readlinkat", "newfstatat", "fstat", "sync", "fsync", "fdatasync", "sync_file_range", "timerfd_create",
        /*  86 */ "timerfd_settime", "timerfd_gettime", "utimensat", "acct", "capget", "capset", "personality", "exit", "exit_group",
        /*  95 */ "waitid", "set_tid_address", "unshare", "futex", "set_robust_list", "get_robust_list", "nanosleep", "getitimer",
        /* 103 */ "setitimer", "kexec_load", "init_module", "delete_module", "timer_create", "timer_gettime", "timer_getoverrun",
        /* 110 */ "timer_settime", "timer_delete", "clock_settime", "clock_gettime", "clock_getres", "clock_nanosleep", "syslog", "ptrace",
        /* 118 */ "sched_setparam", "sched_setscheduler", "sched_getscheduler", "sched_getparam", "sched_setaffinity", "sched_getaffinity",
        /* 124 */ "sched_yield", "sched_get_priority_max", "sched_get_priority_min", "sched_rr_get_interval", "restart_syscall", "kill",
        /* 130 */ "tkill", "tgkill", "sigaltstack", "rt_sigsuspend", "rt_sigaction", "rt_sigprocmask", "rt_sigpending", "rt_sigtimedwait",
        /* 138 */ "rt_sigqueueinfo", "rt_sigreturn", "setpriority", "getpriority", "reboot", "setregid", "setgid", "setreuid", "setuid",
        /* 147 */ "setresuid", "getresuid", "setresgid", "getresgid", "setfsuid", "setfsgid", "times", "setpgid", "getpgid", "getsid",
        /* 157 */ "setsid", "getgroups", "setgroups", "uname", "sethostname", "setdomainname", "getrlimit", "setrlimit", "getrusage",
        /* 166 */ "umask", "prctl", "getcpu", "gettimeofday", "settimeofday", "adjtimex", "getpid", "getppid", "getuid", "geteuid",
        /* 176 */ "getgid", "getegid", "gettid", "sysinfo", "mq_open", "mq_unlink", "mq_timedsend", "mq_timedreceive", "mq_notify",
        /* 185 */ "mq_getsetattr", "msgget", "msgctl", "msgrcv", "msgsnd", "semget", "semctl", "semtimedop", "semop", "shmget", "shmctl",
        /* 196 */ "shmat", "shmdt", "socket", "socketpair", "bind", "listen", "accept", "connect", "getsockname", "getpeername", "sendto",
        /* 207 */ "recvfrom", "setsockopt", "getsockopt", "shutdown", "sendmsg", "recvmsg", "readahead", "brk", "munmap", "mremap",
        /* 217 */ "add_key", "request_key", "keyctl", "clone", "execve", "mmap", "fadvise64", "swapon", "swapoff", "mprotect", "msync",
        /* 228 */ "mlock", "munlock", "mlockall", "munlockall", "mincore", "madvise", "remap_file_pages", "mbind", "get_mempolicy",
        /* 237 */ "set_mempolicy", "migrate_pages", "move_pages", "rt_tgsigqueueinfo", "perf_event_open", "accept4", "recvmmsg",
    ];

    /// <summary>The same from 260 on; the numbers between are other architectures'.</summary>
    private static readonly string[] From260 =
    [
        /* 260 */ "wait4", "prlimit64", "fanotify_init", "fanotify_mark", "name_to_handle_at", "open_by_handle_at", "clock_adjtime",
        /* 267 */ "syncfs", "setns", "sendmmsg", "process_vm_readv", "process_vm_writev", "kcmp", "finit_module", "sched_setattr",
        /* 275 */ "sched_getattr", "renameat2", "seccomp", "getrandom", "memfd_create", "bpf", "execveat", "userfaultfd", "membarrier",
        /* 284 */ "mlock2", "copy_file_range", "preadv2", "pwritev2", "pkey_mprotect", "pkey_alloc", "pkey_free", "statx", "io_pgetevents",
        /* 293 */ "rseq", "kexec_file_load",
    ];

    private static readonly short[] ByX64Number = Index();

    /// <summary>Every call of this architecture whose number is its own, with that number.</summary>
    public static IEnumerable<(string Name, int Number)> Calls =>
        [.. From0.Select(static (name, i) => (name, i)), .. From260.Select(static (name, i) => (name, i + 260))];

    /// <summary>The number of a call here.</summary>
    /// <param name="x64Number">Its number on x86-64.</param>
    /// <param name="number">Its number on arm64.</param>
    /// <returns>False where arm64 has no such call: it has none that a newer one replaces, as openat(2) with AT_FDCWD does open.</returns>
    public static bool TryGet(long x64Number, out long number)
    {
        number = (ulong)x64Number >= FirstCommon ? x64Number : ByX64Number[x64Number];
        return number != None;
    }

    private static short[] Index()
    {
        short[] numbers = new short[FirstCommon];
        Array.Fill(numbers, (short)None);
        Dictionary<string, int> byName = Calls.ToDictionary(static call => call.Name, static call => call.Number);
        foreach (SyscallRow row in SyscallTable.Rows)
        {
            if (row.Number < FirstCommon && byName.TryGetValue(row.Name, out int number))
            {
                numbers[row.Number] = (short)number;
            }
        }

        return numbers;
    }
}
