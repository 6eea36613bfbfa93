// SPDX-License-Identifier: GPL-2.0-only
/* Ends of every kind: close, exit, signals; nothing may stay behind. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

#include "fixtures.h"

CHECK(a_single_thread_closes_the_device_through_the_page)
{
	/* Without a reference of its own RUN would go on in freed memory. */
	pid_t child = fork();

	if (child == 0) {
		struct program *program = program_open(1, 0);
		struct flexsc_run run = { .cpu = -1 };

		enqueue(program, 0, 0, CALL(SYS_close, program->fd));
		enqueue(program, 1, 0, CALL(SYS_getpid));
		enqueue(program, 2, 0, CALL(SYS_kill, getpid(), SIGKILL));
		ioctl(program->fd, FLEXSC_IOC_RUN, &run);
		_exit(1);
	}
	EXPECT_EQUAL(SIGKILL, wait_status(child));
}

CHECK(a_thread_closes_the_device_and_goes_on)
{
	struct program *program = program_start();

	submit(program, 0, 0, CALL(SYS_close, program->fd));
	/* The program cannot ask any more; it sees the ring. */
	EVENTUALLY(reap(program) == 0);
	EXPECT_EQUAL(0, program->entries[0].result);
	EXPECT_ERRNO(EBADF, ioctl(program->fd, FLEXSC_IOC_KICK));
}

/* Threads asleep, blocked and spinning, and entries that wait. */
static void busy_program(int report)
{
	struct program *program = program_open(1, 0);
	int ends[2], pair[2];
	char byte[2];

	make_pipe(ends, 0);
	socket_pair(pair);
	program_thread(program, 0, 0);
	program_thread(program, 0, 0);
	submit_read(program, 0, 0, ends[0], byte, 1);
	wait_blocked(program, 1);
	program_thread(program, 1, FLEXSC_MAX_SPIN_US);
	submit(program, 1, FLEXSC_ENTRY_POLL_IN, CALL(SYS_read, pair[0], (long)byte + 1, 1));
	submit(program, 2, 0, CALL(FLEXSC_NR_POLL, pair[0], POLLIN));
	EVENTUALLY(stats(program).polled == 2);
	write_byte(report);
}

static pid_t start_busy(void)
{
	int ready[2];
	pid_t child;

	make_pipe(ready, 0);
	child = fork();
	if (child == 0) {
		busy_program(ready[1]);
		for (;;)
			pause();
	}
	close(ready[1]);
	read_byte(ready[0]);
	return child;
}

CHECK(sigkill_reaps_threads_in_every_state)
{
	pid_t child = start_busy();

	EXPECT_EQUAL(0, kill(child, SIGKILL));
	EXPECT_EQUAL(SIGKILL, wait_status(child));
}

CHECK(stopped_process_goes_on)
{
	pid_t child = start_busy();

	EXPECT_EQUAL(0, kill(child, SIGSTOP));
	EXPECT(WIFSTOPPED(wait_change(child, WUNTRACED)));
	EXPECT_EQUAL(0, kill(child, SIGCONT));
	wait_change(child, WCONTINUED);
	EXPECT_EQUAL(0, kill(child, SIGTERM));
	EXPECT_EQUAL(SIGTERM, wait_status(child));
}

CHECK(stop_and_continue_restart_a_blocked_call)
{
	int ready[2], data[2];
	char byte;
	pid_t child;

	make_pipe(ready, 0);
	make_pipe(data, 0);
	child = fork();
	if (child == 0) {
		struct program *program = program_start();

		submit_read(program, 0, 0, data[0], &byte, 1);
		wait_blocked(program, 1);
		write_byte(ready[1]);
		EVENTUALLY(has_status(program, 0, FLEXSC_STATUS_DONE));
		_exit(program->entries[0].result == 1 ? 0 : 1);
	}
	read_byte(ready[0]);
	EXPECT_EQUAL(0, kill(child, SIGSTOP));
	wait_change(child, WUNTRACED);
	EXPECT_EQUAL(0, kill(child, SIGCONT));
	write_byte(data[1]);
	EXPECT_EQUAL(0, wait_status(child));
}

CHECK(exit_of_main_ends_all_threads)
{
	int ready[2];
	pid_t child;

	make_pipe(ready, 0);
	child = fork();
	if (child == 0) {
		busy_program(ready[1]);
		_exit(7);
	}
	EXPECT_EQUAL(7 << 8, wait_status(child));
}

static void *outlive_main(void *argument)
{
	struct program *program = argument;

	/* The main thread is gone: a zombie until the others end. */
	wait_thread_state(getpid(), 'Z');
	submit(program, 0, 0, CALL(SYS_getpid));
	_exit(finish(program, 0) == getpid() ? 0 : 1);
}

CHECK(threads_outlive_the_main_thread)
{
	pid_t child = fork();

	if (child == 0) {
		struct program *program = program_start();

		start_helper(outlive_main, program);
		pthread_exit(NULL);
	}
	EXPECT_EQUAL(0, wait_status(child));
}

CHECK(a_fatal_signal_from_a_call_ends_the_process)
{
	pid_t child = fork();

	if (child == 0) {
		struct program *program = program_start();

		submit(program, 0, 0, CALL(SYS_kill, getpid(), SIGTERM));
		for (;;)
			pause();
	}
	EXPECT_EQUAL(SIGTERM, wait_status(child));
}

CHECK(sigkill_at_many_moments)
{
	int i;

	for (i = 0; i < 20; i++) {
		struct timespec time = { .tv_nsec = 300000 * i };
		int ready[2];
		pid_t child;

		make_pipe(ready, 0);
		child = fork();
		if (child == 0) {
			struct program *program = program_with_threads(2);

			if (write(ready[1], "r", 1) != 1)
				_exit(1);
			for (;;)
				call(program, 0, CALL(SYS_getppid));
		}
		close(ready[1]);
		read_byte(ready[0]);
		close(ready[0]);
		nanosleep(&time, NULL);
		EXPECT_EQUAL(0, kill(child, SIGKILL));
		EXPECT_EQUAL(SIGKILL, wait_status(child));
	}
}

CHECK(execve_by_the_program_ends_its_threads)
{
	pid_t child = fork();

	if (child == 0) {
		program_start();
		execl("/bin/busybox", "true", NULL);
		_exit(1);
	}
	EXPECT_EQUAL(0, wait_status(child));
}

CHECK(module_is_not_unloaded_while_open)
{
	int fd = open_device();

	EXPECT_ERRNO(EAGAIN, syscall(SYS_delete_module, "flexsc", O_NONBLOCK));
	close(fd);
}

