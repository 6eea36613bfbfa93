// SPDX-License-Identifier: GPL-2.0-only
/* Signals for syscall threads. */
#include <signal.h>
#include <time.h>

#include "fixtures.h"

static volatile int handled;

static void on_signal(int number)
{
	(void)number;
	handled = 1;
}

static void *run_unmasked(void *argument)
{
	struct program_thread *self = argument;
	struct flexsc_run run = { .cpu = -1 };

	self->tid = syscall(SYS_gettid);
	self->result = ioctl(self->program->fd, FLEXSC_IOC_RUN, &run) ? errno : 0;
	__atomic_store_n(&self->done, true, __ATOMIC_RELEASE);
	return NULL;
}

static struct program_thread *start_unmasked(struct program *program)
{
	struct program_thread *thread = &program->threads[program->thread_count++];
	struct sigaction action = { .sa_handler = on_signal };
	__u32 before = program->control->threads;

	sigaction(SIGUSR1, &action, NULL);
	thread->program = program;
	EXPECT_EQUAL(0, pthread_create(&thread->thread, NULL, run_unmasked, thread));
	wait_threads_in(program, before + 1);
	return thread;
}

CHECK(a_handled_signal_ends_run_with_eintr)
{
	struct program *program = program_open(1, 0);
	struct program_thread *thread = start_unmasked(program);

	EXPECT_EQUAL(0, pthread_kill(thread->thread, SIGUSR1));
	EXPECT_EQUAL(EINTR, thread_result(thread));
	EXPECT(handled);
	EXPECT_EQUAL(0, program->control->threads);
	EXPECT_EQUAL(1, program->control->executor_sleeps);
}

CHECK(an_interrupted_call_is_executed_by_another_thread)
{
	struct program *program = program_open(1, 0);
	struct program_thread *thread = start_unmasked(program);
	int ends[2];
	char byte;

	block_thread(program, 0, ends, &byte);
	program_thread(program, -1, 0);
	EXPECT_EQUAL(0, pthread_kill(thread->thread, SIGUSR1));
	EXPECT_EQUAL(EINTR, thread_result(thread));
	EXPECT(has_status(program, 0, FLEXSC_STATUS_BUSY));
	wait_blocked(program, 1);
	write_byte(ends[1]);
	EXPECT_EQUAL(1, finish(program, 0));
}

CHECK(an_interrupted_call_waits_for_the_thread_to_come_back)
{
	struct program *program = program_open(1, 0);
	struct program_thread *thread = start_unmasked(program);
	int ends[2];
	char byte;

	block_thread(program, 0, ends, &byte);
	EXPECT_EQUAL(0, pthread_kill(thread->thread, SIGUSR1));
	join(thread->thread);
	write_byte(ends[1]);
	program_thread(program, -1, 0);
	EXPECT_EQUAL(1, finish(program, 0));
}

CHECK(an_interrupted_sleep_answers_eintr)
{
	struct program *program = program_open(1, 0);
	struct program_thread *thread = start_unmasked(program);
	struct timespec time = { .tv_sec = 1000 };

	submit(program, 0, 0, CALL(SYS_nanosleep, (long)&time, 0));
	wait_blocked(program, 1);
	EXPECT_EQUAL(0, pthread_kill(thread->thread, SIGUSR1));
	EXPECT_EQUAL(-EINTR, finish(program, 0));
}

CHECK(a_signal_without_work_leaves_the_set_usable)
{
	struct program *program = program_open(1, 0);
	int i;

	for (i = 0; i < 5; i++) {
		struct program_thread *thread = start_unmasked(program);

		EXPECT_EQUAL(getpid(), call(program, 0, CALL(SYS_getpid)));
		EXPECT_EQUAL(0, pthread_kill(thread->thread, SIGUSR1));
		join(thread->thread);
	}
}
