// SPDX-License-Identifier: GPL-2.0-only
/* FLEXSC_NR_POLL, and waiting on files of every kind. */
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/stat.h>

#include "fixtures.h"

CHECK(poll_on_a_bad_descriptor)
{
	struct program *program = program_start();

	EXPECT_EQUAL(-EBADF, call(program, 0, CALL(FLEXSC_NR_POLL, 12345, POLLIN)));
	EXPECT_EQUAL(-EBADF, call(program, FLEXSC_ENTRY_POLL_IN | FLEXSC_ENTRY_POLL_FIRST,
				  CALL(SYS_read, 12345, 0, 0)));
}

CHECK(poll_number_answers_the_events)
{
	struct program *program = program_start();
	int ends[2];

	socket_pair(ends);
	EXPECT_EQUAL(POLLOUT, call(program, 0, CALL(FLEXSC_NR_POLL, ends[0], POLLIN | POLLOUT)));
	submit(program, 0, 0, CALL(FLEXSC_NR_POLL, ends[0], POLLIN));
	wait_armed(program, 1);
	write_byte(ends[1]);
	EXPECT_EQUAL(POLLIN, finish(program, 0));
	close(ends[1]);
	EXPECT_EQUAL(POLLHUP, call(program, 0, CALL(FLEXSC_NR_POLL, ends[0], 0)));
	EXPECT_EQUAL(0, stats(program).executed);
}

CHECK(poll_number_on_a_file_is_always_ready)
{
	struct program *program = program_start();
	int fd = open("/tmp/flexsc-poll", O_RDWR | O_CREAT, 0600);

	EXPECT_EQUAL(POLLIN, call(program, 0, CALL(FLEXSC_NR_POLL, fd, POLLIN)));
}

CHECK(poll_on_both_queues_of_a_pipe)
{
	struct program *program = program_start();
	int fd;
	char byte;

	unlink("/tmp/flexsc-fifo");
	EXPECT_EQUAL(0, mkfifo("/tmp/flexsc-fifo", 0600));
	fd = open("/tmp/flexsc-fifo", O_RDWR | O_NONBLOCK);
	EXPECT(fd >= 0);
	fill_up(fd);
	/* Opened for both, poll waits in two queues; room wakes the second. */
	submit(program, 0, 0, CALL(FLEXSC_NR_POLL, fd, POLLOUT));
	wait_armed(program, 1);
	while (read(fd, &byte, 1) > 0 && !has_status(program, 0, FLEXSC_STATUS_DONE))
		;
	EXPECT_EQUAL(POLLOUT, finish(program, 0));
}

CHECK(poll_on_the_device_is_edeadlk)
{
	struct program *program = program_start();

	EXPECT_EQUAL(-EDEADLK, call(program, 0, CALL(FLEXSC_NR_POLL, program->fd, POLLIN)));
	EXPECT_EQUAL(-EDEADLK, call(program, 0, CALL(FLEXSC_NR_POLL, open_device(), POLLIN)));
}

CHECK(poll_on_an_epoll_that_watches_the_device)
{
	struct program *program = program_start();
	int epoll = epoll_create1(0);
	struct epoll_event event = { .events = EPOLLIN };

	EXPECT_EQUAL(0, epoll_ctl(epoll, EPOLL_CTL_ADD, program->fd, &event));
	submit(program, 0, 0, CALL(FLEXSC_NR_POLL, epoll, POLLIN));
	wait_armed(program, 1);
	/*
	 * The completion makes the device ready, hence the epoll, hence entry 0;
	 * for as long as the completion is not taken.
	 */
	submit(program, 1, 0, CALL(FLEXSC_NR_NOP));
	EVENTUALLY(has_status(program, 0, FLEXSC_STATUS_DONE));
	finish_both(program, 0, 1);
	EXPECT_EQUAL(POLLIN, program->entries[0].result);
}

static struct program *owned_by_another;
static int signal_descriptor_of_another;

/* Opens the set, has an entry wait for a signalfd, and is killed. */
__attribute__((noreturn))
static int wait_in_another_process(void *argument)
{
	struct program *program = program_start();
	sigset_t set;

	(void)argument;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	signal_descriptor_of_another = signalfd(-1, &set, SFD_NONBLOCK);
	submit(program, 0, 0, CALL(FLEXSC_NR_POLL, signal_descriptor_of_another, POLLIN));
	wait_armed(program, 1);
	__atomic_store_n(&owned_by_another, program, __ATOMIC_RELEASE);
	for (;;)
		pause();
}

/*
 * A signalfd is waited for in a queue of the process that waits. That ends with
 * the process, while the entry goes on waiting for as long as somebody who
 * shares the memory has the mapping.
 */
CHECK(poll_survives_the_end_of_a_signalfd_queue)
{
	static char stack[262144] __attribute__((aligned(16)));
	struct program *program;
	pid_t child;

	/* Without the C library's threads mixed up: this side only waits meanwhile. */
	child = clone(wait_in_another_process, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL);
	EXPECT(child > 0);
	EVENTUALLY(__atomic_load_n(&owned_by_another, __ATOMIC_ACQUIRE));
	program = owned_by_another;
	EXPECT_EQUAL(0, kill(child, SIGKILL));
	EXPECT_EQUAL(SIGKILL, wait_status(child));
	EXPECT_EQUAL(0, program->control->threads);
	EXPECT(has_status(program, 0, FLEXSC_STATUS_BUSY));
	/* Its queue is gone; the entry is taken out of none. */
	EXPECT_EQUAL(0, munmap(program->base, program->bytes));
}

CHECK(signalfd_wakes_an_entry)
{
	struct program *program = program_start();
	char info[128];
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_NONBLOCK);
	submit_read(program, 0, FLEXSC_ENTRY_POLL_IN, fd, info, sizeof(info));
	wait_armed(program, 1);
	kill(getpid(), SIGUSR2);
	EXPECT_EQUAL(128, finish(program, 0));
}
