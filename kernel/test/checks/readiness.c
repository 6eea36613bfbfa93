// SPDX-License-Identifier: GPL-2.0-only
/* Waiting for readiness without a thread. */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "fixtures.h"

CHECK(poll_in_waits_for_data)
{
	struct program *program = program_start();
	char text[8] = "";
	int ends[2];

	socket_pair(ends);
	submit_read(program, 0, FLEXSC_ENTRY_POLL_IN, ends[0], text, 8);
	wait_armed(program, 1);
	EXPECT_EQUAL(-1, reap(program));
	EXPECT_EQUAL(getpid(), call_at(program, 1, 0, CALL(SYS_getpid)));
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
	submit_read(program, 0, FLEXSC_ENTRY_POLL_IN, ends[0], text, 8);
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
	write_byte(client);
	EXPECT_EQUAL(1, read(accepted, &address, 1));
}

CHECK(poll_out_waits_for_room)
{
	struct program *program = program_start();
	int ends[2];

	socket_pair(ends);
	fill_up(ends[1]);
	submit(program, 0, FLEXSC_ENTRY_POLL_OUT, CALL(SYS_write, ends[1], (long)"x", 1));
	wait_armed(program, 1);
	drain(ends[0]);
	EXPECT_EQUAL(1, finish(program, 0));
}

CHECK(poll_out_on_a_pipe_whose_reader_goes)
{
	struct program *program = program_start();
	int ends[2];

	signal(SIGPIPE, SIG_IGN);
	make_pipe(ends, O_NONBLOCK);
	fill_up(ends[1]);
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
	submit_read(program, 0, FLEXSC_ENTRY_POLL_IN | FLEXSC_ENTRY_POLL_FIRST, ends[0], text, 8);
	wait_armed(program, 1);
	EXPECT_EQUAL(0, stats(program).executed);
	write_byte(ends[1]);
	EXPECT_EQUAL(1, finish(program, 0));
	EXPECT_EQUAL(1, stats(program).executed);
}

CHECK(poll_first_with_data_there_does_not_wait)
{
	struct program *program = program_start();
	char text[8];
	int ends[2];

	socket_pair(ends);
	write_byte(ends[1]);
	EXPECT_EQUAL(1, call(program, FLEXSC_ENTRY_POLL_IN | FLEXSC_ENTRY_POLL_FIRST,
			     CALL(SYS_read, ends[0], (long)text, 8)));
	EXPECT_EQUAL(0, stats(program).polled);
}

CHECK(many_entries_wait_without_a_thread)
{
	struct program *program = program_open(4, 0);
	int ends[200][2], i;
	char byte[200];

	program_thread(program, -1, 0);
	for (i = 0; i < 200; i++) {
		socket_pair(ends[i]);
		submit_read(program, i, FLEXSC_ENTRY_POLL_IN, ends[i][0], &byte[i], 1);
	}
	wait_armed(program, 200);
	EXPECT_EQUAL(1, program->control->threads);
	for (i = 0; i < 200; i++) {
		write_byte(ends[i][1]);
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
	writer = start_helper(write_many, &ends[1]);
	while (received < 2000) {
		long long count = call(program, FLEXSC_ENTRY_POLL_IN,
				       CALL(SYS_read, ends[0], (long)bytes, sizeof(bytes)));

		EXPECT(count > 0);
		received += count;
	}
	join(writer);
}

CHECK(two_entries_on_one_event)
{
	struct program *program = program_start();
	int fd = eventfd(0, EFD_NONBLOCK);
	long long first, second;
	__u64 one = 1;

	submit_read(program, 0, FLEXSC_ENTRY_POLL_IN, fd, &first, 8);
	submit_read(program, 1, FLEXSC_ENTRY_POLL_IN, fd, &second, 8);
	wait_armed(program, 2);
	EXPECT_EQUAL(8, write(fd, &one, 8));
	EVENTUALLY(stats(program).completed == 1);
	/* Both were woken, one found nothing and waits again. */
	wait_armed(program, 3);
	EXPECT_EQUAL(8, write(fd, &one, 8));
	EVENTUALLY(stats(program).completed == 2);
}
