// SPDX-License-Identifier: GPL-2.0-only
/* Ends of every kind: close, exit, signals; nothing may stay behind. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "program.h"

static int wait_status(pid_t child)
{
	int status;

	EXPECT_EQUAL(child, waitpid(child, &status, 0));
	return status;
}

CHECK(a_single_thread_closes_the_device_through_the_page)
{
	/* Without a reference of its own RUN would go on in freed memory. */
	pid_t child = fork();

	if (child == 0) {
		struct program *program = program_open(1, 0);
		struct flexsc_run run = { .cpu = -1 };

		fill(program, 0, 0, CALL(SYS_close, program->fd));
		publish(program, 0);
		fill(program, 1, 0, CALL(SYS_getpid));
		publish(program, 1);
		fill(program, 2, 0, CALL(SYS_kill, getpid(), SIGKILL));
		publish(program, 2);
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

	EXPECT_EQUAL(0, pipe(ends));
	EXPECT_EQUAL(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair));
	program_thread(program, 0, 0);
	program_thread(program, 0, 0);
	submit(program, 0, 0, CALL(SYS_read, ends[0], (long)byte, 1));
	EVENTUALLY(program->control->blocked_threads == 1);
	program_thread(program, 1, FLEXSC_MAX_SPIN_US);
	submit(program, 1, FLEXSC_ENTRY_POLL_IN, CALL(SYS_read, pair[0], (long)byte + 1, 1));
	submit(program, 2, 0, CALL(FLEXSC_NR_POLL, pair[0], POLLIN));
	EVENTUALLY(stats(program).polled == 2);
	EXPECT_EQUAL(1, write(report, "r", 1));
}

static pid_t start_busy(void)
{
	int ready[2];
	pid_t child;
	char byte;

	EXPECT_EQUAL(0, pipe(ready));
	child = fork();
	if (child == 0) {
		busy_program(ready[1]);
		for (;;)
			pause();
	}
	close(ready[1]);
	EXPECT_EQUAL(1, read(ready[0], &byte, 1));
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
	int status;

	EXPECT_EQUAL(0, kill(child, SIGSTOP));
	EXPECT_EQUAL(child, waitpid(child, &status, WUNTRACED));
	EXPECT(WIFSTOPPED(status));
	EXPECT_EQUAL(0, kill(child, SIGCONT));
	EXPECT_EQUAL(child, waitpid(child, &status, WCONTINUED));
	EXPECT_EQUAL(0, kill(child, SIGTERM));
	EXPECT_EQUAL(SIGTERM, wait_status(child));
}

CHECK(stop_and_continue_restart_a_blocked_call)
{
	int ready[2], data[2];
	int status;
	char byte;
	pid_t child;

	EXPECT_EQUAL(0, pipe(ready));
	EXPECT_EQUAL(0, pipe(data));
	child = fork();
	if (child == 0) {
		struct program *program = program_start();

		submit(program, 0, 0, CALL(SYS_read, data[0], (long)&byte, 1));
		EVENTUALLY(program->control->blocked_threads == 1);
		EXPECT_EQUAL(1, write(ready[1], "r", 1));
		EVENTUALLY(has_status(program, 0, FLEXSC_STATUS_DONE));
		_exit(program->entries[0].result == 1 ? 0 : 1);
	}
	EXPECT_EQUAL(1, read(ready[0], &byte, 1));
	EXPECT_EQUAL(0, kill(child, SIGSTOP));
	EXPECT_EQUAL(child, waitpid(child, &status, WUNTRACED));
	EXPECT_EQUAL(0, kill(child, SIGCONT));
	EXPECT_EQUAL(1, write(data[1], "x", 1));
	EXPECT_EQUAL(0, wait_status(child));
}

CHECK(exit_of_main_ends_all_threads)
{
	int ready[2];
	pid_t child;

	EXPECT_EQUAL(0, pipe(ready));
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
		pthread_t thread;

		EXPECT_EQUAL(0, pthread_create(&thread, NULL, outlive_main, program));
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
		char byte;

		EXPECT_EQUAL(0, pipe(ready));
		child = fork();
		if (child == 0) {
			struct program *program = program_open(1, 0);

			program_thread(program, -1, 0);
			program_thread(program, -1, 0);
			if (write(ready[1], "r", 1) != 1)
				_exit(1);
			for (;;)
				call(program, 0, CALL(SYS_getppid));
		}
		close(ready[1]);
		EXPECT_EQUAL(1, read(ready[0], &byte, 1));
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

