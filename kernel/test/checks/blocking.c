// SPDX-License-Identifier: GPL-2.0-only
/* Threads that block, and the ones that take over. */
#include <netinet/in.h>
#include <sys/socket.h>

#include "fixtures.h"

static void *blocked_accept(struct program *program, int cpu)
{
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	struct sockaddr address = { .sa_family = AF_UNIX };

	EXPECT_EQUAL(0, bind(listener, &address, sizeof(sa_family_t)));
	EXPECT_EQUAL(0, listen(listener, 4));
	program_thread(program, cpu, 0);
	submit(program, 63, 0, CALL(SYS_accept, listener, 0, 0));
	EVENTUALLY(program->control->blocked_threads >= 1);
	return program;
}

CHECK(getpid_on_the_same_core_while_accept_blocks)
{
	struct program *program = program_open(1, 0);

	blocked_accept(program, 0);
	program_thread(program, 0, 0);
	EXPECT_EQUAL(getpid(), call(program, 0, CALL(SYS_getpid)));
	EXPECT(has_status(program, 63, FLEXSC_STATUS_BUSY));
	EXPECT_EQUAL(1, program->control->blocked_threads);
}

CHECK(another_thread_takes_over_in_the_middle_of_a_batch)
{
	struct program *program = program_open(1, 0);
	struct program_thread *threads[2];
	int ends[2], i;
	char byte;

	make_pipe(ends, 0);
	threads[0] = program_thread(program, 0, 0);
	threads[1] = program_thread(program, 0, 0);
	/* One that still comes in takes the rest without being handed it. */
	for (i = 0; i < 2; i++)
		wait_thread_state(threads[i]->tid, 'S');
	EVENTUALLY(program->control->executor_sleeps);
	enqueue(program, 0, 0, CALL(SYS_read, ends[0], (long)&byte, 1));
	for (i = 1; i <= 10; i++) {
		enqueue(program, i, 0, CALL(SYS_getppid));
	}
	kick_if_asked(program);
	for (i = 1; i <= 10; i++)
		EXPECT_EQUAL(getppid(), finish(program, i));
	EXPECT(stats(program).handoffs >= 1);
	write_byte(ends[1]);
	EXPECT_EQUAL(1, finish(program, 0));
	wait_blocked(program, 0);
}

static void connect_tcp(int ends[2])
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	EXPECT_EQUAL(0, bind(listener, (struct sockaddr *)&address, sizeof(address)));
	EXPECT_EQUAL(0, listen(listener, 1));
	EXPECT_EQUAL(0, getsockname(listener, (struct sockaddr *)&address, &length));
	ends[0] = socket(AF_INET, SOCK_STREAM, 0);
	EXPECT_EQUAL(0, connect(ends[0], (struct sockaddr *)&address, sizeof(address)));
	ends[1] = accept(listener, NULL, NULL);
	EXPECT(ends[1] >= 0);
}

CHECK(a_close_that_lingers_hands_over)
{
	struct linger linger = { .l_onoff = 1, .l_linger = 1000 };
	struct program *program = program_with_threads(2);
	char block[4096] = { 0 };
	int ends[2];

	connect_tcp(ends);
	EXPECT_EQUAL(0, setsockopt(ends[0], SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)));
	while (send(ends[0], block, sizeof(block), MSG_DONTWAIT) > 0)
		;
	/* Waits for the peer: in the call on 6.12, in its task work on 6.1. */
	submit(program, 1, 0, CALL(SYS_close, ends[0]));
	wait_blocked(program, 1);
	submit(program, 0, 0, CALL(SYS_getpid));
	EVENTUALLY(has_status(program, 0, FLEXSC_STATUS_DONE));
	EXPECT_EQUAL(1, program->control->blocked_threads);
	drain(ends[1]);
	close(ends[1]);
	finish_both(program, 0, 1);
	EXPECT_EQUAL(getpid(), program->entries[0].result);
	EXPECT_EQUAL(0, program->entries[1].result);
	wait_blocked(program, 0);
}

CHECK(unblocked_thread_works_again)
{
	struct program *program = program_with_threads(2);
	int ends[2], i;
	char byte;

	make_pipe(ends, 0);
	for (i = 0; i < 30; i++) {
		submit_read(program, 0, 0, ends[0], &byte, 1);
		submit(program, 1, 0, CALL(SYS_getpid));
		EXPECT_EQUAL(getpid(), finish(program, 1));
		write_byte(ends[1]);
		EXPECT_EQUAL(1, finish(program, 0));
	}
}

CHECK(completions_before_a_blocking_call_are_announced)
{
	struct program *program = program_start();
	int ends[2];
	char byte;

	make_pipe(ends, 0);
	fill(program, 0, 0, CALL(SYS_getpid));
	fill(program, 1, 0, CALL(SYS_read, ends[0], (long)&byte, 1));
	publish(program, 0);
	publish(program, 1);
	EXPECT_EQUAL(1, wait_for(program, 1, -1));
	EXPECT_EQUAL(0, reap(program));
}

CHECK(a_thread_is_wanted_when_all_are_blocked)
{
	struct program *program = program_start();
	int ends[2];
	char byte;

	block_thread(program, 0, ends, &byte);
	EXPECT_EQUAL(0, program->control->wants_thread);
	submit(program, 1, 0, CALL(SYS_getpid));
	/* The wait ends without a completion, once. */
	EXPECT_EQUAL(0, wait_for(program, 1, -1));
	EXPECT_EQUAL(1, program->control->wants_thread);
	EXPECT_EQUAL(0, wait_for(program, 1, 1000000));
	program_thread(program, -1, 0);
	EXPECT_EQUAL(getpid(), finish(program, 1));
	EVENTUALLY(program->control->wants_thread == 0);
}

CHECK(no_thread_is_wanted_before_the_first)
{
	struct program *program = program_open(1, 0);

	submit(program, 0, 0, CALL(SYS_getpid));
	EXPECT_EQUAL(0, wait_for(program, 1, 1000000));
	EXPECT_EQUAL(0, program->control->wants_thread);
	program_thread(program, -1, 0);
	EXPECT_EQUAL(getpid(), finish(program, 0));
}

CHECK(a_long_queue_wakes_the_other_core)
{
	struct program *program = program_open(4, 0);
	unsigned int first = 0, second = 0, cpus[256], i;
	int seen;

	program_thread(program, 0, 0);
	program_thread(program, 1, 0);
	EVENTUALLY(program->control->executor_sleeps);
	for (i = 0; i < 256; i++) {
		enqueue(program, i, 0, CALL(SYS_getcpu, (long)&cpus[i], 0, 0));
	}
	kick_if_asked(program);
	for (seen = 0; seen < 256; seen++)
		reap_next(program);
	for (i = 0; i < 256; i++)
		cpus[i] ? second++ : first++;
	EXPECT_EQUAL(256, first + second);
	EXPECT(stats(program).thread_wakeups >= 2);
}
