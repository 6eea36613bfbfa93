// SPDX-License-Identifier: GPL-2.0-only
/* Provided buffers: taken when the call is made, kept when it needs none. */
#include <fcntl.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "fixtures.h"

#define PROVIDED	(FLEXSC_ENTRY_POLL_IN | FLEXSC_ENTRY_PROVIDED_BUFFER)

static char space[8][64];

static struct program *start_with_buffers(int ends[2])
{
	struct program *program = program_open(1, 8);

	program_thread(program, -1, 0);
	socket_pair(ends);
	return program;
}

static long long receive(struct program *program, int fd)
{
	/* Where and how much is not ours to say. */
	return call(program, PROVIDED, CALL(SYS_recvfrom, fd, 0, 0, 0, 0, 0));
}

CHECK(provided_buffer_receives)
{
	int ends[2];
	struct program *program = start_with_buffers(ends);

	give_buffer(program, space[3], 64, 33);
	EXPECT_EQUAL(2, write(ends[1], "hi", 2));
	EXPECT_EQUAL(2, receive(program, ends[0]));
	EXPECT_EQUAL(33, program->entries[0].arguments[5]);
	EXPECT(strcmp(space[3], "hi") == 0);
	EXPECT_EQUAL(1, program->control->buffers.head);
}

CHECK(provided_buffer_bounds_the_call)
{
	int ends[2];
	struct program *program = start_with_buffers(ends);

	give_buffer(program, space[0], 3, 1);
	EXPECT_EQUAL(5, write(ends[1], "hello", 5));
	EXPECT_EQUAL(3, receive(program, ends[0]));
}

CHECK(a_waiting_entry_holds_no_buffer)
{
	int ends[2], others[2];
	struct program *program = start_with_buffers(ends);

	socket_pair(others);
	give_buffer(program, space[0], 64, 7);
	submit(program, 1, PROVIDED, CALL(SYS_recvfrom, ends[0], 0, 0, 0, 0, 0));
	wait_armed(program, 1);
	write_byte(others[1]);
	EXPECT_EQUAL(1, receive(program, others[0]));
	EXPECT_EQUAL(7, program->entries[0].arguments[5]);
	/* Now the other entry finds data and no buffer. */
	write_byte(ends[1]);
	EXPECT_EQUAL(-ENOBUFS, finish(program, 1));
	EXPECT_EQUAL(-1, program->entries[1].arguments[5]);
}

CHECK(empty_ring_answers_only_when_there_is_data)
{
	int ends[2];
	struct program *program = start_with_buffers(ends);

	submit(program, 0, PROVIDED, CALL(SYS_recvfrom, ends[0], 0, 0, 0, 0, 0));
	wait_armed(program, 1);
	EXPECT_EQUAL(-1, reap(program));
	write_byte(ends[1]);
	EXPECT_EQUAL(-ENOBUFS, finish(program, 0));
	EXPECT_EQUAL(0, stats(program).executed);
	/* The data is still there. */
	give_buffer(program, space[0], 64, 1);
	EXPECT_EQUAL(1, receive(program, ends[0]));
}

CHECK(buffer_given_while_the_entry_waits_is_used)
{
	int ends[2];
	struct program *program = start_with_buffers(ends);

	submit(program, 0, PROVIDED, CALL(SYS_recvfrom, ends[0], 0, 0, 0, 0, 0));
	wait_armed(program, 1);
	give_buffer(program, space[0], 64, 9);
	write_byte(ends[1]);
	EXPECT_EQUAL(1, finish(program, 0));
	EXPECT_EQUAL(9, program->entries[0].arguments[5]);
}

CHECK(end_of_stream_uses_no_buffer)
{
	int ends[2], others[2];
	struct program *program = start_with_buffers(ends);

	socket_pair(others);
	give_buffer(program, space[0], 64, 5);
	close(ends[1]);
	EXPECT_EQUAL(0, receive(program, ends[0]));
	EXPECT_EQUAL(-1, program->entries[0].arguments[5]);
	/* It was kept for the next call. */
	write_byte(others[1]);
	EXPECT_EQUAL(1, receive(program, others[0]));
	EXPECT_EQUAL(5, program->entries[0].arguments[5]);
}

CHECK(errors_use_no_buffer)
{
	int ends[2];
	struct program *program = start_with_buffers(ends);

	give_buffer(program, space[0], 64, 5);
	EXPECT_EQUAL(-EBADF, receive(program, 12345));
	EXPECT_EQUAL(-1, program->entries[0].arguments[5]);
	give_buffer(program, (void *)8, 64, 6);
	write_byte(ends[1]);
	EXPECT_EQUAL(1, receive(program, ends[0]));
	EXPECT_EQUAL(5, program->entries[0].arguments[5]);
	write_byte(ends[1]);
	EXPECT_EQUAL(-EFAULT, receive(program, ends[0]));
}

CHECK(without_a_wait_an_empty_ring_answers_at_once)
{
	int ends[2];
	struct program *program = start_with_buffers(ends);

	EXPECT_EQUAL(-ENOBUFS, call(program, FLEXSC_ENTRY_PROVIDED_BUFFER,
				    CALL(SYS_recvfrom, ends[0], 0, 0, 0, 0, 0)));
}

CHECK(cancelled_entry_used_no_buffer)
{
	int ends[2];
	struct program *program = start_with_buffers(ends);

	give_buffer(program, space[0], 64, 5);
	submit(program, 1, PROVIDED, CALL(SYS_recvfrom, ends[0], 0, 0, 0, 0, 0));
	wait_armed(program, 1);
	submit_cancel(program, 0, 1);
	finish_both(program, 0, 1);
	EXPECT_EQUAL(-ECANCELED, program->entries[1].result);
	EXPECT_EQUAL(-1, program->entries[1].arguments[5]);
	EXPECT_EQUAL(0, program->entries[0].result);
}

CHECK(buffers_wrap_many_times)
{
	int ends[2], i;
	struct program *program = start_with_buffers(ends);

	for (i = 0; i < 8; i++)
		give_buffer(program, space[i], 64, i);
	for (i = 0; i < 500; i++) {
		write_byte(ends[1]);
		EXPECT_EQUAL(1, receive(program, ends[0]));
		EXPECT_EQUAL(i % 8, program->entries[0].arguments[5]);
		give_buffer(program, space[i % 8], 64, i % 8);
	}
}

CHECK(runaway_buffer_tail_is_harmless)
{
	int ends[2], i;
	struct program *program = start_with_buffers(ends);

	program->control->buffers.tail = 0x80000000;
	for (i = 0; i < 20; i++) {
		write_byte(ends[1]);
		receive(program, ends[0]);
	}
	EXPECT_EQUAL(getpid(), call(program, 0, CALL(SYS_getpid)));
}

CHECK(buffers_are_for_calls_that_fill_them)
{
	static const int numbers[] = {
		/* With the buffer as arguments: a lock with an owner, RUN, an unshared table. */
		SYS_futex, SYS_ioctl, SYS_close_range, SYS_write, SYS_sendto, SYS_getpid,
	};
	int ends[2];
	struct program *program = start_with_buffers(ends);
	unsigned int i;

	give_buffer(program, (void *)FLEXSC_IOC_RUN, FUTEX_LOCK_PI, 1);
	for (i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		EXPECT_EQUAL(-EINVAL, call(program, FLEXSC_ENTRY_PROVIDED_BUFFER,
					   CALL(numbers[i], program->fd, 0, 0, 0, 0, 0)));
	EXPECT_EQUAL(0, stats(program).executed);
	EXPECT_EQUAL(i, stats(program).refused);
	EXPECT_EQUAL(0, program->control->buffers.head);
}

CHECK(buffers_are_filled_by_each_call_that_can)
{
	int file = open("/tmp/flexsc-buffers", O_RDWR | O_CREAT | O_TRUNC, 0600), ends[2];
	struct program *program = start_with_buffers(ends);

	EXPECT_EQUAL(5, write(file, "hello", 5));
	give_buffer(program, space[0], 64, 1);
	EXPECT_EQUAL(4, call(program, FLEXSC_ENTRY_PROVIDED_BUFFER,
			     CALL(SYS_pread64, file, 0, 0, 1)));
	EXPECT(memcmp(space[0], "ello", 4) == 0);
	give_buffer(program, space[1], 64, 2);
	EXPECT_EQUAL(0, lseek(file, 0, SEEK_SET));
	EXPECT_EQUAL(5, call(program, FLEXSC_ENTRY_PROVIDED_BUFFER, CALL(SYS_read, file, 0, 0)));
	EXPECT(memcmp(space[1], "hello", 5) == 0);
}
