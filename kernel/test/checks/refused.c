// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every call of the refusal list, and the ones beside it that are allowed.
 *
 * What happened without the list, on 6.1: execve hung the process until
 * SIGKILL; clone's child returned from FLEXSC_IOC_RUN on its parent's stack;
 * exit left the entry busy for ever.
 */
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <linux/filter.h>
#include <linux/audit.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <stddef.h>
#include <sys/prctl.h>

#include "fixtures.h"

#define REFUSED(family, ...)							\
	CHECK(refused_##family)							\
	{									\
		static const int numbers[] = { __VA_ARGS__ };			\
										\
		expect_refused(numbers, sizeof(numbers) / sizeof(*numbers));	\
	}

static void expect_refused(const int *numbers, int count)
{
	struct program *program = program_start();
	int i;

	for (i = 0; i < count; i++) {
		long long result = call(program, 0, CALL(numbers[i], 0, 0, 0, 0, 0, 0));

		if (result != -EPERM)
			check_fail("call %d answers %lld", numbers[i], result);
	}
	EXPECT_EQUAL(count, stats(program).refused);
	EXPECT_EQUAL(0, stats(program).executed);
	/* The thread is unharmed. */
	EXPECT_EQUAL(getpid(), call(program, 0, CALL(SYS_getpid)));
}

REFUSED(new_processes, SYS_fork, SYS_vfork, SYS_clone, SYS_clone3)
REFUSED(execve, SYS_execve, SYS_execveat)
/* reboot ends the thread that makes it in a PID namespace, see threads_end.c. */
REFUSED(exit, SYS_exit, SYS_exit_group, SYS_reboot)
REFUSED(ptrace, SYS_ptrace)
REFUSED(performance_events, SYS_perf_event_open)
REFUSED(user_mode_state, SYS_rt_sigreturn, SYS_restart_syscall, SYS_arch_prctl, 335)
REFUSED(signal_state, SYS_rt_sigprocmask, SYS_sigaltstack, SYS_pause, SYS_rt_sigsuspend)
REFUSED(registrations_of_the_thread, SYS_set_tid_address, SYS_set_robust_list, SYS_rseq)
REFUSED(settings_of_the_thread, SYS_prctl, SYS_personality, SYS_pkey_alloc)
REFUSED(confinement, SYS_seccomp, SYS_landlock_restrict_self)
REFUSED(namespaces, SYS_unshare, SYS_setns)
REFUSED(credentials, SYS_setuid, SYS_setgid, SYS_setreuid, SYS_setregid, SYS_setresuid,
	SYS_setresgid, SYS_setfsuid, SYS_setfsgid, SYS_setgroups, SYS_capset)
REFUSED(keyrings, SYS_add_key, SYS_request_key, SYS_keyctl)
REFUSED(ports, SYS_iopl, SYS_ioperm)
REFUSED(scheduling, SYS_sched_setaffinity, SYS_sched_setattr, SYS_sched_setparam,
	SYS_sched_setscheduler, SYS_setpriority, SYS_ioprio_set, SYS_set_mempolicy)

CHECK(numbers_that_nobody_has_judged_are_no_calls)
{
	/* The ends of what Linux 6.12 has: 335 to 424 is a gap that newer kernels fill. */
	static const int numbers[] = { 336, 337, 386, 387, 423, 463, 470, 511, 512, 547, 600 };
	struct program *program = program_start();
	unsigned int i;

	for (i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		EXPECT_EQUAL(-ENOSYS, call(program, 0, CALL(numbers[i], 0, 0, 0, 0, 0, 0)));
	/* By the module, not by a kernel that does not have them. */
	EXPECT_EQUAL(0, stats(program).executed);
	EXPECT_EQUAL(i, stats(program).refused);
}

CHECK(refused_descriptors_of_the_threads_own)
{
	struct program *program = program_start();
	int ends[2], later[2];
	char byte;

	socket_pair(ends);
	EXPECT_EQUAL(-EPERM, call(program, 0, CALL(SYS_close_range, 2000, 3000,
						   CLOSE_RANGE_UNSHARE)));
	EXPECT_EQUAL(-EPERM, call(program, 0, CALL(SYS_close_range, 2000, 3000,
						   CLOSE_RANGE_UNSHARE | (1L << 40))));
	EXPECT_EQUAL(0, stats(program).executed);
	EXPECT_EQUAL(0, call(program, 0, CALL(SYS_close_range, ends[0], ends[0], 0)));
	EXPECT_ERRNO(EBADF, fcntl(ends[0], F_GETFD));
	/* What the program opens now, the thread sees. */
	socket_pair(later);
	write_byte(later[1]);
	EXPECT_EQUAL(1, call(program, 0, CALL(SYS_read, later[0], (long)&byte, 1)));
}

CHECK(refused_security_attributes_of_the_thread)
{
	/* lsm_set_self_attr came with 6.8; before that it is no call at all. */
	long long result = call(program_start(), 0, CALL(460, 0, 0, 0, 0));

	EXPECT(result == -EPERM || result == -ENOSYS);
}

CHECK(refused_futexes_with_an_owner)
{
	static const int operations[] = {
		FUTEX_LOCK_PI, FUTEX_UNLOCK_PI, FUTEX_TRYLOCK_PI, FUTEX_WAIT_REQUEUE_PI,
		FUTEX_CMP_REQUEUE_PI, FUTEX_LOCK_PI2,
	};
	struct program *program = program_start();
	int word = 0;
	unsigned int i;

	for (i = 0; i < sizeof(operations) / sizeof(*operations); i++) {
		EXPECT_EQUAL(-EPERM, call(program, 0, CALL(SYS_futex, (long)&word, operations[i])));
		EXPECT_EQUAL(-EPERM, call(program, 0, CALL(SYS_futex, (long)&word,
							   operations[i] | FUTEX_PRIVATE_FLAG |
							   FUTEX_CLOCK_REALTIME)));
	}
	EXPECT_EQUAL(0, call(program, 0, CALL(SYS_futex, (long)&word, FUTEX_WAKE, 1)));
	EXPECT_EQUAL(-EAGAIN, call(program, 0, CALL(SYS_futex, (long)&word, FUTEX_WAIT, 1, 0)));
}

static void install_filter(int flags)
{
	/* Allows everything; that it is there is what counts. */
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog filter = { .len = 1, .filter = &allow };

	EXPECT_EQUAL(0, prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	EXPECT_EQUAL(0, syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter));
}

CHECK(seccomp_bars_run)
{
	struct program *program = program_open(1, 0);
	struct flexsc_run run = { .cpu = -1 };

	install_filter(0);
	EXPECT_ERRNO(EPERM, ioctl(program->fd, FLEXSC_IOC_RUN, &run));
}

CHECK(seccomp_for_all_threads_bars_the_next_entry)
{
	struct program *program = program_start();

	EXPECT_EQUAL(getpid(), call(program, 0, CALL(SYS_getpid)));
	install_filter(SECCOMP_FILTER_FLAG_TSYNC);
	EXPECT_EQUAL(-EPERM, call(program, 0, CALL(SYS_getpid)));
	EXPECT_EQUAL(1, stats(program).refused);
}

CHECK(seccomp_bars_entries_that_wait_already)
{
	struct program *program = program_start();
	int ends[2];
	char byte;

	socket_pair(ends);
	submit_read(program, 0, FLEXSC_ENTRY_POLL_IN, ends[0], &byte, 1);
	submit(program, 1, 0, CALL(FLEXSC_NR_POLL, ends[0], POLLIN));
	wait_armed(program, 2);
	EXPECT_EQUAL(1, stats(program).executed);
	install_filter(SECCOMP_FILTER_FLAG_TSYNC);
	write_byte(ends[1]);
	finish_both(program, 0, 1);
	EXPECT_EQUAL(-EPERM, program->entries[0].result);
	EXPECT_EQUAL(-EPERM, program->entries[1].result);
	EXPECT_EQUAL(1, stats(program).executed);
	read_byte(ends[0]);
}
