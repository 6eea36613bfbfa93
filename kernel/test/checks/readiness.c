// SPDX-License-Identifier: GPL-2.0-only
/* Waiting for readiness without a thread, and cancelling. */
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "program.h"

static void socket_pair(int ends[2])
{
	EXPECT_EQUAL(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends));
}

/* The entry waits, and no thread does. */
static void wait_armed(struct program *program, unsigned int count)
{
	EVENTUALLY(stats(program).polled >= count);
	EXPECT_EQUAL(0, program->control->blocked_threads);
}

CHECK(poll_in_waits_for_data)
{
	struct program *program = program_start();
	char text[8] = "";
	int ends[2];

	socket_pair(ends);
	submit(program, 0, FLEXSC_ENTRY_POLL_IN, CALL(SYS_read, ends[0], (long)text, 8));
	wait_armed(program, 1);
	EXPECT_EQUAL(-1, reap(program));
	EXPECT_EQUAL(getpid(), ({ submit(program, 1, 0, CALL(SYS_getpid)); finish(program, 1); }));
	EXPECT_EQUAL(2, write(ends[1], "hi", 2));
	EXPECT_EQUAL(2, finish(program, 0));
	EXPECT(strcmp(text, "hi") == 0);
}

CHECK(poll_in_with_data_there_does_not_wait)
{
	struct program *program = program_start();
	char text[8];
	int ends[2];

	socket_pair(ends);
	EXPECT_EQUAL(2, write(ends[1], "hi", 2));
	EXPECT_EQUAL(2, call(program, FLEXSC_ENTRY_POLL_IN,
			     CALL(SYS_read, ends[0], (long)text, 8)));
	EXPECT_EQUAL(0, stats(program).polled);
	EXPECT_EQUAL(1, stats(program).executed);
}

CHECK(poll_in_ends_with_the_peers_end)
{
	struct program *program = program_start();
	char text[8];
	int ends[2];

	socket_pair(ends);
	submit(program, 0, FLEXSC_ENTRY_POLL_IN, CALL(SYS_read, ends[0], (long)text, 8));
	wait_armed(program, 1);
	close(ends[1]);
	EXPECT_EQUAL(0, finish(program, 0));
}

CHECK(poll_in_accepts_a_connection)
{
	struct program *program = program_start();
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	int client = socket(AF_UNIX, SOCK_STREAM, 0);
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);
	struct sockaddr name = { .sa_family = AF_UNIX };
	long long accepted;

	EXPECT_EQUAL(0, bind(listener, &name, sizeof(sa_family_t)));
	EXPECT_EQUAL(0, listen(listener, 4));
	EXPECT_EQUAL(0, getsockname(listener, (struct sockaddr *)&address, &length));
	submit(program, 0, FLEXSC_ENTRY_POLL_IN, CALL(SYS_accept4, listener, 0, 0, SOCK_CLOEXEC));
	wait_armed(program, 1);
	EXPECT_EQUAL(0, connect(client, (struct sockaddr *)&address, length));
	accepted = finish(program, 0);
	EXPECT(accepted >= 0);
	EXPECT_EQUAL(1, write(client, "x", 1));
	EXPECT_EQUAL(1, read(accepted, &address, 1));
}

static void fill_socket(int fd)
{
	char block[4096] = { 0 };

	while (write(fd, block, sizeof(block)) > 0)
		;
	EXPECT_EQUAL(EAGAIN, errno);
}

CHECK(poll_out_waits_for_room)
{
	struct program *program = program_start();
	char block[4096];
	int ends[2];

	socket_pair(ends);
	fill_socket(ends[1]);
	submit(program, 0, FLEXSC_ENTRY_POLL_OUT, CALL(SYS_write, ends[1], (long)"x", 1));
	wait_armed(program, 1);
	while (read(ends[0], block, sizeof(block)) > 0)
		;
	EXPECT_EQUAL(1, finish(program, 0));
}

CHECK(poll_out_on_a_pipe_whose_reader_goes)
{
	struct program *program = program_start();
	int ends[2];

	signal(SIGPIPE, SIG_IGN);
	EXPECT_EQUAL(0, pipe2(ends, O_NONBLOCK));
	fill_socket(ends[1]);
	submit(program, 0, FLEXSC_ENTRY_POLL_OUT, CALL(SYS_write, ends[1], (long)"x", 1));
	wait_armed(program, 1);
	close(ends[0]);
	EXPECT_EQUAL(-EPIPE, finish(program, 0));
}

CHECK(poll_first_attempts_only_when_ready)
{
	struct program *program = program_start();
	char text[8];
	int ends[2];

	socket_pair(ends);
	submit(program, 0, FLEXSC_ENTRY_POLL_IN | FLEXSC_ENTRY_POLL_FIRST,
	       CALL(SYS_read, ends[0], (long)text, 8));
	wait_armed(program, 1);
	EXPECT_EQUAL(0, stats(program).executed);
	EXPECT_EQUAL(1, write(ends[1], "x", 1));
	EXPECT_EQUAL(1, finish(program, 0));
	EXPECT_EQUAL(1, stats(program).executed);
}

CHECK(poll_first_with_data_there_does_not_wait)
{
	struct program *program = program_start();
	char text[8];
	int ends[2];

	socket_pair(ends);
	EXPECT_EQUAL(1, write(ends[1], "x", 1));
	EXPECT_EQUAL(1, call(program, FLEXSC_ENTRY_POLL_IN | FLEXSC_ENTRY_POLL_FIRST,
			     CALL(SYS_read, ends[0], (long)text, 8)));
	EXPECT_EQUAL(0, stats(program).polled);
}

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
	EXPECT_EQUAL(1, write(ends[1], "x", 1));
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
	fill_socket(fd);
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

static int run_in_another_process(void *argument)
{
	struct program *program = argument;
	struct flexsc_run run = { .cpu = -1 };

	ioctl(program->fd, FLEXSC_IOC_RUN, &run);
	_exit(1);
}

/*
 * A signalfd is waited for in a queue of the process that waits, which ends
 * before the file does. A process that shares the memory but not the signals
 * lends itself as syscall thread, and dies while an entry waits in its queue.
 */
CHECK(poll_survives_the_end_of_a_signalfd_queue)
{
	static char stack[65536] __attribute__((aligned(16)));
	struct program *program = program_open(1, 0);
	int fd, status;
	sigset_t set;
	pid_t child;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_NONBLOCK);
	child = clone(run_in_another_process, stack + sizeof(stack), CLONE_VM | SIGCHLD, program);
	EXPECT(child > 0);
	wait_threads_in(program, 1);
	submit(program, 0, 0, CALL(FLEXSC_NR_POLL, fd, POLLIN));
	wait_armed(program, 1);
	EXPECT_EQUAL(0, kill(child, SIGKILL));
	EXPECT_EQUAL(child, waitpid(child, &status, 0));
	EXPECT_EQUAL(0, program->control->threads);
	program_thread(program, -1, 0);
	/* Its queue told that it ends, so the entry waits in ours now. */
	wait_armed(program, 2);
	kill(getpid(), SIGUSR2);
	EXPECT_EQUAL(POLLIN, finish(program, 0));
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
	submit(program, 0, FLEXSC_ENTRY_POLL_IN, CALL(SYS_read, fd, (long)info, sizeof(info)));
	wait_armed(program, 1);
	kill(getpid(), SIGUSR2);
	EXPECT_EQUAL(128, finish(program, 0));
}

CHECK(many_entries_wait_without_a_thread)
{
	struct program *program = program_open(4, 0);
	int ends[200][2], i;
	char byte[200];

	program_thread(program, -1, 0);
	for (i = 0; i < 200; i++) {
		socket_pair(ends[i]);
		submit(program, i, FLEXSC_ENTRY_POLL_IN,
		       CALL(SYS_read, ends[i][0], (long)&byte[i], 1));
	}
	wait_armed(program, 200);
	EXPECT_EQUAL(1, program->control->threads);
	for (i = 0; i < 200; i++) {
		EXPECT_EQUAL(1, write(ends[i][1], "x", 1));
		EXPECT_EQUAL(1, finish(program, i));
	}
}

static void *write_many(void *argument)
{
	int fd = *(int *)argument, i;

	for (i = 0; i < 2000; i++)
		while (write(fd, "x", 1) != 1)
			sched_yield();
	return NULL;
}

CHECK(no_edge_is_lost_between_attempt_and_wait)
{
	struct program *program = program_open(1, 0);
	int ends[2], received = 0;
	pthread_t writer;
	char bytes[64];

	program_thread(program, 0, 0);
	program_thread(program, 1, 0);
	socket_pair(ends);
	EXPECT_EQUAL(0, pthread_create(&writer, NULL, write_many, &ends[1]));
	while (received < 2000) {
		long long count = call(program, FLEXSC_ENTRY_POLL_IN,
				       CALL(SYS_read, ends[0], (long)bytes, sizeof(bytes)));

		EXPECT(count > 0);
		received += count;
	}
	EXPECT_EQUAL(0, pthread_join(writer, NULL));
}

CHECK(two_entries_on_one_event)
{
	struct program *program = program_start();
	int fd = eventfd(0, EFD_NONBLOCK);
	long long first, second;
	__u64 one = 1;

	submit(program, 0, FLEXSC_ENTRY_POLL_IN, CALL(SYS_read, fd, (long)&first, 8));
	submit(program, 1, FLEXSC_ENTRY_POLL_IN, CALL(SYS_read, fd, (long)&second, 8));
	wait_armed(program, 2);
	EXPECT_EQUAL(8, write(fd, &one, 8));
	EVENTUALLY(stats(program).completed == 1);
	/* Both were woken, one found nothing and waits again. */
	wait_armed(program, 3);
	EXPECT_EQUAL(8, write(fd, &one, 8));
	EVENTUALLY(stats(program).completed == 2);
}

CHECK(cancel_of_an_armed_entry)
{
	struct program *program = program_start();
	int ends[2];
	char byte;

	socket_pair(ends);
	submit(program, 0, FLEXSC_ENTRY_POLL_IN, CALL(SYS_read, ends[0], (long)&byte, 1));
	wait_armed(program, 1);
	submit(program, 1, 0, CALL(FLEXSC_NR_CANCEL, token(program, 0)));
	finish_both(program, 0, 1);
	EXPECT_EQUAL(-ECANCELED, program->entries[0].result);
	EXPECT_EQUAL(0, program->entries[1].result);
	/* Nothing is left in the socket's queue. */
	EXPECT_EQUAL(1, write(ends[1], "x", 1));
	EXPECT_EQUAL(1, call(program, 0, CALL(SYS_read, ends[0], (long)&byte, 1)));
}

CHECK(cancel_of_an_armed_poll_number)
{
	struct program *program = program_start();
	int ends[2];

	socket_pair(ends);
	submit(program, 0, 0, CALL(FLEXSC_NR_POLL, ends[0], POLLIN));
	wait_armed(program, 1);
	submit(program, 1, 0, CALL(FLEXSC_NR_CANCEL, token(program, 0)));
	finish_both(program, 0, 1);
	EXPECT_EQUAL(-ECANCELED, program->entries[0].result);
	EXPECT_EQUAL(0, program->entries[1].result);
}

CHECK(cancel_of_nothing_is_enoent)
{
	struct program *program = program_start();

	EXPECT_EQUAL(0, ({ submit(program, 1, 0, CALL(FLEXSC_NR_NOP)); finish(program, 1); }));
	/* Done, never used, an older use, no such entry. */
	EXPECT_EQUAL(-ENOENT, call(program, 0, CALL(FLEXSC_NR_CANCEL, token(program, 1))));
	EXPECT_EQUAL(-ENOENT, call(program, 0, CALL(FLEXSC_NR_CANCEL, 5)));
	EXPECT_EQUAL(-ENOENT, call(program, 0, CALL(FLEXSC_NR_CANCEL, (9L << 24) | 1)));
	EXPECT_EQUAL(-ENOENT, call(program, 0, CALL(FLEXSC_NR_CANCEL, (1L << 24) | 64)));
	EXPECT_EQUAL(-ENOENT, call(program, 0, CALL(FLEXSC_NR_CANCEL, (1L << 24) | 0xffffff)));
	EXPECT_EQUAL(-ENOENT, call(program, 0, CALL(FLEXSC_NR_CANCEL, -1)));
}

CHECK(cancel_spares_the_next_use_of_the_entry)
{
	struct program *program = program_start();
	int ends[2];
	char byte;
	__u64 old;

	socket_pair(ends);
	EXPECT_EQUAL(0, ({ submit(program, 1, 0, CALL(FLEXSC_NR_NOP)); finish(program, 1); }));
	old = token(program, 1);
	submit(program, 1, FLEXSC_ENTRY_POLL_IN, CALL(SYS_read, ends[0], (long)&byte, 1));
	wait_armed(program, 1);
	EXPECT_EQUAL(-ENOENT, call(program, 0, CALL(FLEXSC_NR_CANCEL, old)));
	EXPECT_EQUAL(1, write(ends[1], "x", 1));
	EXPECT_EQUAL(1, finish(program, 1));
}

CHECK(cancel_of_itself_is_ealready)
{
	struct program *program = program_start();

	/* Its own first use. */
	EXPECT_EQUAL(-EALREADY, call(program, 0, CALL(FLEXSC_NR_CANCEL, 1L << 24)));
}

CHECK(cancel_of_a_blocked_call_interrupts_it)
{
	struct program *program = program_open(1, 0);
	int ends[2];
	char byte;

	EXPECT_EQUAL(0, pipe(ends));
	program_thread(program, -1, 0);
	program_thread(program, -1, 0);
	submit(program, 0, 0, CALL(SYS_read, ends[0], (long)&byte, 1));
	EVENTUALLY(program->control->blocked_threads == 1);
	submit(program, 1, 0, CALL(FLEXSC_NR_CANCEL, token(program, 0)));
	finish_both(program, 0, 1);
	EXPECT_EQUAL(-EALREADY, program->entries[1].result);
	EXPECT_EQUAL(-ECANCELED, program->entries[0].result);
	EXPECT_EQUAL(2, program->control->threads);
	/* The threads are as good as before. */
	EXPECT_EQUAL(1, write(ends[1], "x", 1));
	EXPECT_EQUAL(1, call(program, 0, CALL(SYS_read, ends[0], (long)&byte, 1)));
}

CHECK(cancel_of_a_blocked_sleep)
{
	struct program *program = program_open(1, 0);
	struct timespec time = { .tv_sec = 1000 };

	program_thread(program, -1, 0);
	program_thread(program, -1, 0);
	submit(program, 0, 0, CALL(SYS_nanosleep, (long)&time, 0));
	EVENTUALLY(program->control->blocked_threads == 1);
	submit(program, 1, 0, CALL(FLEXSC_NR_CANCEL, token(program, 0)));
	finish_both(program, 0, 1);
	EXPECT_EQUAL(-EALREADY, program->entries[1].result);
	EXPECT_EQUAL(-ECANCELED, program->entries[0].result);
}

CHECK(stop_completes_what_waits)
{
	struct program *program = program_start();
	int ends[2];
	char byte;

	socket_pair(ends);
	submit(program, 0, FLEXSC_ENTRY_POLL_IN, CALL(SYS_read, ends[0], (long)&byte, 1));
	wait_armed(program, 1);
	EXPECT_EQUAL(0, ioctl(program->fd, FLEXSC_IOC_STOP));
	EXPECT_EQUAL(-ECANCELED, finish(program, 0));
}

CHECK(unmapping_lets_go_of_what_is_waited_for)
{
	struct program *program = program_start();
	int ends[2];
	char byte;

	signal(SIGPIPE, SIG_IGN);
	EXPECT_EQUAL(0, pipe2(ends, O_NONBLOCK));
	submit(program, 0, FLEXSC_ENTRY_POLL_IN, CALL(SYS_read, ends[0], (long)&byte, 1));
	wait_armed(program, 1);
	close(ends[0]);
	/* The waiting entry still holds the reading end. */
	EXPECT_EQUAL(1, write(ends[1], "x", 1));
	EXPECT_EQUAL(0, munmap(program->base, program->bytes));
	EVENTUALLY(write(ends[1], "x", 1) == -1 && errno == EPIPE);
}

/* Puts the descriptor into the socket's queue. */
static void send_descriptor(int through, int fd)
{
	char space[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec data = { .iov_base = "x", .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = space, .msg_controllen = sizeof(space),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(int));
	EXPECT_EQUAL(1, sendmsg(through, &message, 0));
}

CHECK(a_circle_through_a_socket_ends_with_the_process)
{
	/* The run's last check, rmmod, fails if the file is not released. */
	pid_t child = fork();
	int status;

	if (child == 0) {
		struct program *program = program_start();
		int ends[2];

		socket_pair(ends);
		send_descriptor(ends[1], program->fd);
		submit(program, 0, 0, CALL(FLEXSC_NR_POLL, ends[0], POLLHUP));
		wait_armed(program, 1);
		raise(SIGKILL);
	}
	EXPECT_EQUAL(child, waitpid(child, &status, 0));
	EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}
