// SPDX-License-Identifier: GPL-2.0-only
/* Syscall threads that end inside a call: refused where it is known, survived where not. */
#include <fcntl.h>
#include <linux/reboot.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#include "fixtures.h"

/* A read of it ends the thread; see mortal/. */
#define MORTAL_PATH		"/dev/flexsc-mortal"
#define MORTAL_IOC_FORGET	_IO('M', 1)

static void reboot_through_a_page(void)
{
	static const unsigned int commands[] = {
		LINUX_REBOOT_CMD_RESTART, LINUX_REBOOT_CMD_HALT, LINUX_REBOOT_CMD_POWER_OFF,
		LINUX_REBOOT_CMD_RESTART2,
	};
	struct program *program = program_start();
	unsigned int i;

	for (i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		EXPECT_EQUAL(-EPERM, call(program, 0, CALL(SYS_reboot, LINUX_REBOOT_MAGIC1,
							   LINUX_REBOOT_MAGIC2, commands[i], 0)));
	EXPECT_EQUAL(0, stats(program).executed);
	stop(program);
	EXPECT_EQUAL(0, thread_result(&program->threads[0]));
}

/* Any user can make such a namespace, inside one of users; there it ends who calls it. */
CHECK(reboot_in_a_pid_namespace_ends_no_thread)
{
	pid_t child;

	EXPECT_EQUAL(0, unshare(CLONE_NEWPID));
	child = fork();
	if (child == 0) {
		reboot_through_a_page();
		_exit(0);
	}
	EXPECT_EQUAL(0, wait_status(child));
}

static int open_mortal(void)
{
	int fd = open(MORTAL_PATH, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		check_skip("no module that ends threads");
	return fd;
}

/* Gives back what the two calls of a dead thread, read and RUN, held of their files. */
static void forget_calls(struct program *program, int mortal)
{
	EXPECT_EQUAL(0, ioctl(mortal, MORTAL_IOC_FORGET, program->fd));
	EXPECT_EQUAL(0, ioctl(mortal, MORTAL_IOC_FORGET, mortal));
}

static void end_a_thread(struct program *program, __u32 index, int mortal)
{
	char byte;

	submit(program, index, 0, CALL(SYS_read, mortal, (long)&byte, 1));
	EXPECT_EQUAL(-ECANCELED, finish(program, index));
	forget_calls(program, mortal);
}

CHECK(a_thread_that_dies_inside_a_call_leaves_the_set_usable)
{
	struct program *program = program_start();
	int mortal = open_mortal(), i;

	for (i = 0; i < 10; i++) {
		end_a_thread(program, i, mortal);
		EXPECT_EQUAL(0, program->control->threads);
		EXPECT_EQUAL(0, program->control->blocked_threads);
		EXPECT_EQUAL(1, program->control->executor_sleeps);
		program_thread(program, i % 2 ? -1 : 1, 0);
		EXPECT_EQUAL(getpid(), call(program, 0, CALL(SYS_getpid)));
	}
	stop(program);
	EXPECT_EQUAL(0, thread_result(&program->threads[program->thread_count - 1]));
}

CHECK(others_take_over_from_a_thread_that_dies)
{
	struct program *program = program_with_threads(3);
	int mortal = open_mortal(), ends[2], i;
	char byte;

	block_thread(program, 10, ends, &byte);
	end_a_thread(program, 0, mortal);
	EXPECT_EQUAL(2, program->control->threads);
	for (i = 0; i < 20; i++)
		EXPECT_EQUAL(getpid(), call(program, 0, CALL(SYS_getpid)));
	write_byte(ends[1]);
	EXPECT_EQUAL(1, finish(program, 10));
	stop(program);
}

/* Whether it died; it has left the set either way. */
static bool has_died(const struct program_thread *thread)
{
	join(thread->thread);
	return !thread->done;
}

CHECK(threads_that_die_while_the_set_is_stopped)
{
	int mortal = open_mortal(), i, j;

	for (i = 0; i < 30; i++) {
		struct program *program = program_open(1, 0);
		char byte;

		program_thread(program, 0, 0);
		program_thread(program, 1, 0);
		submit(program, 0, 0, CALL(SYS_read, mortal, (long)&byte, 1));
		submit(program, 1, 0, CALL(SYS_read, mortal, (long)&byte, 1));
		stop(program);
		EVENTUALLY(program->control->threads == 0);
		for (j = 0; j < 2; j++)
			if (has_died(&program->threads[j]))
				forget_calls(program, mortal);
		close(program->fd);
	}
}

/* The run's last check, rmmod, fails if the file is not released. */
CHECK(a_process_whose_only_thread_dies_lets_go_of_the_file)
{
	int mortal = open_mortal();
	pid_t child = fork();

	if (child == 0) {
		struct program *program = program_open(1, 0);
		char byte;

		enqueue(program, 0, 0, CALL(SYS_read, mortal, (long)&byte, 1));
		run_errno(program, (struct flexsc_run){ .cpu = 1 });
		_exit(1);
	}
	EXPECT_EQUAL(0, wait_status(child));
}
