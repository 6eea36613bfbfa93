// SPDX-License-Identifier: GPL-2.0-only
/*
 * System calls that are refused with -EPERM because they act on the thread that
 * makes them, which is a syscall thread here and not the one that submitted.
 */
#include <linux/bitmap.h>
#include <linux/kernel.h>
#include <linux/unistd.h>
#include <uapi/linux/close_range.h>
#include <uapi/linux/futex.h>

#include "flexsc.h"

/*
 * The numbers that Linux 6.12 has, every one of which was judged. What a newer
 * kernel adds, above them or in the gap, answers -ENOSYS.
 */
#define FLEXSC_FIRST_GAP_CALL	336u	/* after uretprobe */
#define FLEXSC_AFTER_GAP_CALL	424u	/* pidfd_send_signal */
#define FLEXSC_LAST_KNOWN_CALL	462u	/* mseal */

/* Numbers that the headers of Linux 6.1 do not have yet. */
#define FLEXSC_NR_URETPROBE	335u
#define FLEXSC_NR_LSM_SET_SELF	460u

static const u16 flexsc_refused_calls[] = {
	/* The child would return from FLEXSC_IOC_RUN, on its parent's stack. */
	__NR_fork, __NR_vfork, __NR_clone, __NR_clone3,
	/* Replaces the program below a thread that is inside the kernel. */
	__NR_execve, __NR_execveat,
	/* The thread ends inside the call; reboot does that in a PID namespace. */
	__NR_exit, __NR_exit_group, __NR_reboot,
	/* Makes the syscall thread tracer or traced; neither could be served. */
	__NR_ptrace,
	/* Counts and samples the thread, and may raise signals in it. */
	__NR_perf_event_open,
	/* Take the frame or the user mode state of the thread that made them. */
	__NR_rt_sigreturn, __NR_restart_syscall, __NR_arch_prctl, FLEXSC_NR_URETPROBE,
	/* Signal mask and stack of the thread; waits for a signal it never gets. */
	__NR_rt_sigprocmask, __NR_sigaltstack, __NR_pause, __NR_rt_sigsuspend,
	/* What the C library registers for each thread. */
	__NR_set_tid_address, __NR_set_robust_list, __NR_rseq,
	/* Settings of the thread: name, dumpability, capabilities, emulation, keys. */
	__NR_prctl, __NR_personality, __NR_pkey_alloc,
	/* Confine the syscall thread and leave the caller as it was. */
	__NR_seccomp, __NR_landlock_restrict_self, FLEXSC_NR_LSM_SET_SELF,
	/* Namespaces, and what a process shares with its threads. */
	__NR_unshare, __NR_setns,
	/* Credentials: the C library changes them in all threads, or in none. */
	__NR_setuid, __NR_setgid, __NR_setreuid, __NR_setregid, __NR_setresuid, __NR_setresgid,
	__NR_setfsuid, __NR_setfsgid, __NR_setgroups, __NR_capset,
	/* Keyrings hang on the credentials. */
	__NR_add_key, __NR_request_key, __NR_keyctl,
	/* Port access of the thread. */
	__NR_iopl, __NR_ioperm,
	/* Core, priority and memory policy of the thread: would undo its pinning. */
	__NR_sched_setaffinity, __NR_sched_setattr, __NR_sched_setparam, __NR_sched_setscheduler,
	__NR_setpriority, __NR_ioprio_set, __NR_set_mempolicy,
};

static DECLARE_BITMAP(flexsc_refused, FLEXSC_LAST_KNOWN_CALL + 1);

void flexsc_refused_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flexsc_refused_calls); i++)
		__set_bit(flexsc_refused_calls[i], flexsc_refused);
}

/* The owner of such a futex would be the syscall thread. */
static bool flexsc_is_owned_futex(const u64 *arguments)
{
	switch ((u32)arguments[1] & FUTEX_CMD_MASK) {
	case FUTEX_LOCK_PI:
	case FUTEX_LOCK_PI2:
	case FUTEX_UNLOCK_PI:
	case FUTEX_TRYLOCK_PI:
	case FUTEX_WAIT_REQUEUE_PI:
	case FUTEX_CMP_REQUEUE_PI:
		return true;
	default:
		return false;
	}
}

/* Is the number one that has been judged, of a call the kernel may have? */
bool flexsc_is_known(u16 number)
{
	if (number >= FLEXSC_FIRST_GAP_CALL && number < FLEXSC_AFTER_GAP_CALL)
		return false;
	return number <= FLEXSC_LAST_KNOWN_CALL && number < NR_syscalls;
}

bool flexsc_is_refused(u16 number, const u64 *arguments)
{
	if (test_bit(number, flexsc_refused))
		return true;
	switch (number) {
	case __NR_futex:
		return flexsc_is_owned_futex(arguments);
	case __NR_close_range:
		/* Gives the thread descriptors of its own. */
		return (u32)arguments[2] & CLOSE_RANGE_UNSHARE;
	default:
		return false;
	}
}

/* Are the second and third argument memory to fill and its bytes? */
bool flexsc_reads_into_a_buffer(u16 number)
{
	return number == __NR_read || number == __NR_pread64 || number == __NR_recvfrom;
}
