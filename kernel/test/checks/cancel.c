// SPDX-License-Identifier: GPL-2.0-only
/* What ends a wait or a call: cancelling, stopping, unmapping, the end of the process. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>

#include "fixtures.h"

CHECK(cancel_of_an_armed_entry)
{
	struct program *program = program_start();
	int ends[2];
	char byte;

	socket_pair(ends);
	submit_read(program, 0, FLEXSC_ENTRY_POLL_IN, ends[0], &byte, 1);
	wait_armed(program, 1);
	submit_cancel(program, 1, 0);
	finish_both(program, 0, 1);
	EXPECT_EQUAL(-ECANCELED, program->entries[0].result);
	EXPECT_EQUAL(0, program->entries[1].result);
	/* Nothing is left in the socket's queue. */
	write_byte(ends[1]);
	EXPECT_EQUAL(1, call(program, 0, CALL(SYS_read, ends[0], (long)&byte, 1)));
}

CHECK(cancel_of_an_armed_poll_number)
{
	struct program *program = program_start();
	int ends[2];

	socket_pair(ends);
	submit(program, 0, 0, CALL(FLEXSC_NR_POLL, ends[0], POLLIN));
	wait_armed(program, 1);
	submit_cancel(program, 1, 0);
	finish_both(program, 0, 1);
	EXPECT_EQUAL(-ECANCELED, program->entries[0].result);
	EXPECT_EQUAL(0, program->entries[1].result);
}

CHECK(cancel_of_nothing_is_enoent)
{
	struct program *program = program_start();

	EXPECT_EQUAL(0, call_at(program, 1, 0, CALL(FLEXSC_NR_NOP)));
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
	EXPECT_EQUAL(0, call_at(program, 1, 0, CALL(FLEXSC_NR_NOP)));
	old = token(program, 1);
	submit_read(program, 1, FLEXSC_ENTRY_POLL_IN, ends[0], &byte, 1);
	wait_armed(program, 1);
	EXPECT_EQUAL(-ENOENT, call(program, 0, CALL(FLEXSC_NR_CANCEL, old)));
	write_byte(ends[1]);
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
	struct program *program = program_with_threads(2);
	int ends[2];
	char byte;

	block_thread(program, 0, ends, &byte);
	submit_cancel(program, 1, 0);
	finish_both(program, 0, 1);
	EXPECT_EQUAL(-EALREADY, program->entries[1].result);
	EXPECT_EQUAL(-ECANCELED, program->entries[0].result);
	EXPECT_EQUAL(2, program->control->threads);
	/* The threads are as good as before. */
	write_byte(ends[1]);
	EXPECT_EQUAL(1, call(program, 0, CALL(SYS_read, ends[0], (long)&byte, 1)));
}

CHECK(cancel_of_a_blocked_sleep)
{
	struct program *program = program_with_threads(2);
	struct timespec time = { .tv_sec = 1000 };

	submit(program, 0, 0, CALL(SYS_nanosleep, (long)&time, 0));
	wait_blocked(program, 1);
	submit_cancel(program, 1, 0);
	finish_both(program, 0, 1);
	EXPECT_EQUAL(-EALREADY, program->entries[1].result);
	EXPECT_EQUAL(-ECANCELED, program->entries[0].result);
}

/* The descriptor is closed while its entry waits: the peer learns of it before the program. */
static void expect_peer_sees_the_end(void (*end)(struct program *program))
{
	int i;

	for (i = 0; i < 300; i++) {
		struct program *program = program_start();
		int ends[2];
		char byte;

		socket_pair(ends);
		submit_read(program, 0, FLEXSC_ENTRY_POLL_IN, ends[0], &byte, 1);
		wait_armed(program, 1);
		close(ends[0]);
		end(program);
		while (!has_status(program, 0, FLEXSC_STATUS_DONE))
			;
		EXPECT_EQUAL(0, read(ends[1], &byte, 1));
		stop(program);
		close(ends[1]);
		close(program->fd);
		munmap(program->base, program->bytes);
		join(program->threads[0].thread);
		free(program);
	}
}

static void cancel_first(struct program *program)
{
	submit_cancel(program, 1, 0);
}

CHECK(cancelled_says_that_the_file_is_released)
{
	expect_peer_sees_the_end(cancel_first);
}

static void *stop_it(void *argument)
{
	stop(argument);
	return NULL;
}

/* By another thread, which releases the file on its own way out at the latest. */
static void stop_beside(struct program *program)
{
	pthread_t thread = start_helper(stop_it, program);

	EXPECT_EQUAL(0, pthread_detach(thread));
}

CHECK(stopped_says_that_the_file_is_released)
{
	expect_peer_sees_the_end(stop_beside);
}

CHECK(stop_completes_what_waits)
{
	struct program *program = program_start();
	int ends[2];
	char byte;

	socket_pair(ends);
	submit_read(program, 0, FLEXSC_ENTRY_POLL_IN, ends[0], &byte, 1);
	wait_armed(program, 1);
	stop(program);
	EXPECT_EQUAL(-ECANCELED, finish(program, 0));
}

CHECK(unmapping_lets_go_of_what_is_waited_for)
{
	struct program *program = program_start();
	int ends[2];
	char byte;

	signal(SIGPIPE, SIG_IGN);
	make_pipe(ends, O_NONBLOCK);
	submit_read(program, 0, FLEXSC_ENTRY_POLL_IN, ends[0], &byte, 1);
	wait_armed(program, 1);
	close(ends[0]);
	/* The waiting entry still holds the reading end. */
	write_byte(ends[1]);
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

	if (child == 0) {
		struct program *program = program_start();
		int ends[2];

		socket_pair(ends);
		send_descriptor(ends[1], program->fd);
		submit(program, 0, 0, CALL(FLEXSC_NR_POLL, ends[0], POLLHUP));
		wait_armed(program, 1);
		raise(SIGKILL);
	}
	EXPECT_EQUAL(SIGKILL, wait_status(child));
}
