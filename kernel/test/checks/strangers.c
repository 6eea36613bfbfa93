// SPDX-License-Identifier: GPL-2.0-only
/* Whoever is not of the process that opened the device, and threads apart from it. */
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "fixtures.h"

/* While a child made by this runs, the caller does not: they share the stack and errno. */
static int run_sharing_memory(int (*function)(void *), struct program *program)
{
	static char stack[262144] __attribute__((aligned(16)));
	pid_t child = clone(function, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD,
			    program);

	EXPECT(child > 0);
	return wait_status(child);
}

/* Not by the C library, which would have this process's threads follow. */
static void lose_rights(void)
{
	EXPECT_EQUAL(0, syscall(SYS_setresgid, CHECK_USER, CHECK_USER, CHECK_USER));
	EXPECT_EQUAL(0, syscall(SYS_setresuid, CHECK_USER, CHECK_USER, CHECK_USER));
}

static void expect_every_request_refused(struct program *program)
{
	struct flexsc_setup again = { .version = FLEXSC_ABI_VERSION, .page_count = 1 };
	struct flexsc_run run = { .cpu = -1 };
	struct flexsc_wait wait = { 0 };
	struct flexsc_stats counters;

	EXPECT_ERRNO(EPERM, ioctl(program->fd, FLEXSC_IOC_SETUP, &again));
	EXPECT_ERRNO(EPERM, ioctl(program->fd, FLEXSC_IOC_RUN, &run));
	EXPECT_ERRNO(EPERM, ioctl(program->fd, FLEXSC_IOC_KICK));
	EXPECT_ERRNO(EPERM, ioctl(program->fd, FLEXSC_IOC_WAIT, &wait));
	EXPECT_ERRNO(EPERM, ioctl(program->fd, FLEXSC_IOC_WAKE));
	EXPECT_ERRNO(EPERM, ioctl(program->fd, FLEXSC_IOC_STOP));
	EXPECT_ERRNO(EPERM, ioctl(program->fd, FLEXSC_IOC_STATS, &counters));
	EXPECT(mmap(NULL, program->bytes, PROT_READ, MAP_SHARED, program->fd, 0) == MAP_FAILED);
	EXPECT_EQUAL(EPERM, errno);
}

static int make_requests(void *argument)
{
	lose_rights();
	expect_every_request_refused(argument);
	_exit(0);
}

CHECK(a_process_that_shares_the_memory_may_not_use_the_file)
{
	struct program *program = program_start();

	EXPECT_EQUAL(0, run_sharing_memory(make_requests, program));
	EXPECT_EQUAL(getpid(), call(program, 0, CALL(SYS_getpid)));
}

/* Writes an entry that a spinning thread would execute with its own rights. */
static void write_entry(struct program *program)
{
	enqueue(program, 0, 0, CALL(SYS_geteuid));
	EVENTUALLY(has_status(program, 0, FLEXSC_STATUS_DONE));
}

static int write_entry_with_less_rights(void *argument)
{
	lose_rights();
	write_entry(argument);
	_exit(0);
}

CHECK(entries_are_refused_while_others_rights_can_write_them)
{
	struct program *program = program_open(1, 0);

	program_thread(program, 1, FLEXSC_MAX_SPIN_US);
	EXPECT_EQUAL(getpid(), call_at(program, 1, 0, CALL(SYS_getpid)));
	EXPECT_EQUAL(0, run_sharing_memory(write_entry_with_less_rights, program));
	EXPECT_EQUAL(-EPERM, finish(program, 0));
	/* It is gone. */
	EXPECT_EQUAL(getpid(), call(program, 0, CALL(SYS_getpid)));
}

static int write_entry_with_same_rights(void *argument)
{
	write_entry(argument);
	_exit(0);
}

CHECK(a_child_of_vfork_stops_nothing)
{
	struct program *program = program_open(1, 0);

	program_thread(program, 1, FLEXSC_MAX_SPIN_US);
	EXPECT_EQUAL(getpid(), call_at(program, 1, 0, CALL(SYS_getpid)));
	EXPECT_EQUAL(0, run_sharing_memory(write_entry_with_same_rights, program));
	EXPECT_EQUAL(geteuid(), finish(program, 0));
}

static void *be_apart(void *argument)
{
	EXPECT_EQUAL(0, unshare(CLONE_FILES));
	expect_every_request_refused(argument);
	return NULL;
}

CHECK(a_thread_with_descriptors_of_its_own_may_not_use_the_file)
{
	struct program *program = program_start();

	join(start_helper(be_apart, program));
	EXPECT_EQUAL(getpid(), call(program, 0, CALL(SYS_getpid)));
}
