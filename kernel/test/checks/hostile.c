// SPDX-License-Identifier: GPL-2.0-only
/* What a broken or malicious program may write into the shared memory. */
#include <stdlib.h>
#include <string.h>

#include "fixtures.h"

static void still_works(struct program *program)
{
	EXPECT_EQUAL(getpid(), call(program, 0, CALL(SYS_getpid)));
}

CHECK(index_out_of_range_is_skipped)
{
	struct program *program = program_start();

	publish(program, program->count);
	publish(program, 0xffffffff);
	publish(program, 0x80000000);
	still_works(program);
	EXPECT_EQUAL(3, stats(program).malformed);
}

CHECK(index_of_an_entry_not_submitted_is_skipped)
{
	struct program *program = program_start();
	__u32 status;

	for (status = 0; status < 6; status++) {
		program->entries[5].status = status == FLEXSC_STATUS_SUBMIT ? 77 : status;
		publish(program, 5);
		still_works(program);
	}
	EXPECT_EQUAL(6, stats(program).malformed);
}

CHECK(entry_named_twice_is_executed_once)
{
	struct program *program = program_start();

	enqueue(program, 1, 0, CALL(SYS_getpid));
	publish(program, 1);
	kick_if_asked(program);
	EXPECT_EQUAL(getpid(), finish(program, 1));
	still_works(program);
	EXPECT_EQUAL(1, stats(program).malformed);
	EXPECT_EQUAL(2, stats(program).completed);
}

CHECK(busy_entry_submitted_again_is_skipped)
{
	struct program *program = program_with_threads(2);
	int ends[2];
	char byte;

	block_thread(program, 1, ends, &byte);
	submit(program, 1, 0, CALL(SYS_getpid));
	still_works(program);
	EXPECT_EQUAL(1, stats(program).malformed);
	write_byte(ends[1]);
	EXPECT_EQUAL(1, finish(program, 1));
}

CHECK(runaway_tail_costs_one_ring)
{
	struct program *program = program_start();

	EVENTUALLY(program->control->executor_sleeps);
	program->control->submission.tail = 0x80000000;
	EXPECT_EQUAL(0, ioctl(program->fd, FLEXSC_IOC_KICK));
	EVENTUALLY(program->control->submission.head == 0x80000000);
	EXPECT_EQUAL(program->control->ring_capacity + 1, stats(program).malformed);
	still_works(program);
}

CHECK(tail_going_backwards_costs_one_ring)
{
	struct program *program = program_start();

	still_works(program);
	program->control->submission.tail = 0;
	EXPECT_EQUAL(0, ioctl(program->fd, FLEXSC_IOC_KICK));
	EVENTUALLY(program->control->submission.head == 0);
	still_works(program);
}

CHECK(positions_written_by_the_program_are_not_believed)
{
	struct program *program = program_start();
	int i;

	for (i = 0; i < 50; i++) {
		program->control->submission.head = 0xdeadbeef;
		program->control->executor_sleeps = 1;
		program->control->threads = 0xffffffff;
		program->control->entry_count = 0xffffffff;
		program->control->ring_mask = 63;
		program->control->ring_capacity = 0xffffffff;
		program->control->buffer_ring_capacity = 0xffffffff;
		program->control->pages_offset = 0x7fffffff;
		still_works(program);
	}
}

CHECK(completion_head_out_of_range_is_bounded)
{
	struct program *program = program_start();

	program->control->completion.head = 0x80000000;
	EXPECT_EQUAL(program->control->ring_capacity, wait_for(program, 1, -1));
	program->control->completion.head = 0;
	still_works(program);
}

CHECK(status_scribbled_while_busy_ends_as_done)
{
	struct program *program = program_start();
	int ends[2];
	char byte;

	block_thread(program, 1, ends, &byte);
	program->entries[1].status = FLEXSC_STATUS_FREE;
	program->entries[1].number = SYS_exit_group;
	write_byte(ends[1]);
	EXPECT_EQUAL(1, finish(program, 1));
}

struct scribbler {
	struct program	*program;
	volatile bool	stop;
};

/* Writes into entries of calls under way: numbers, flags, arguments. */
static void *scribble(void *argument)
{
	struct scribbler *scribbler = argument;
	unsigned int seed = 1;

	while (!scribbler->stop) {
		int index = rand_r(&seed) % 64;
		struct flexsc_entry *entry = &scribbler->program->entries[index];

		entry->number = rand_r(&seed) & 1 ? SYS_getppid : SYS_exit_group;
		entry->argument_count = rand_r(&seed) % 7;
		entry->arguments[rand_r(&seed) % 6] = rand_r(&seed);
	}
	return NULL;
}

CHECK(entries_torn_by_another_thread)
{
	struct program *program = program_open(1, 0);
	struct scribbler scribbler = { .program = program };
	int round, i, seen;
	pthread_t thread;

	program_thread(program, 1, 0);
	thread = start_helper(scribble, &scribbler);
	for (round = 0; round < 100; round++) {
		for (i = 0; i < 64; i++) {
			enqueue(program, i, 0, CALL(SYS_getppid));
		}
		kick_if_asked(program);
		for (seen = 0; seen < 64; seen++) {
			long long result = program->entries[reap_next(program)].result;

			/* Executed as one of the two numbers, or refused as the other. */
			EXPECT(result == getppid() || result == -EPERM);
		}
	}
	scribbler.stop = true;
	join(thread);
	EXPECT_EQUAL(6400, stats(program).completed);
}

CHECK(shared_memory_unmapped_under_the_threads)
{
	struct program *program = program_start();

	/* Through the page, so the thread itself takes its entry away. */
	submit(program, 0, 0, CALL(SYS_munmap, (long)program->base, program->bytes));
	EVENTUALLY(stats(program).completed == 1);
	EXPECT_EQUAL(1, wait_for(program, 1, -1));
}
