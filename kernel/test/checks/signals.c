// SPDX-License-Identifier: GPL-2.0-only
/* Signals for syscall threads. */
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
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

/* The mask of a call, as wide as the kernel has it. */
static const unsigned long no_signal;

/*
 * Cancels a call that waits with no signal blocked. The thread blocks all, and
 * has to block them again afterwards.
 */
static void expect_mask_restored(struct program *program, int number, int count,
				 const long *arguments)
{
	struct program_thread *thread = &program->threads[0];
	unsigned long before = blocked_signals(thread->tid);

	EXPECT(before);
	submit(program, 0, 0, number, count, arguments);
	wait_blocked(program, 1);
	/* Whichever of the two waits has them all open. */
	EXPECT(!blocked_signals(thread->tid) || !blocked_signals(program->threads[1].tid));
	cancel_running(program, 0, 1);
	EXPECT_EQUAL(-ECANCELED, program->entries[0].result);
	EVENTUALLY(blocked_signals(thread->tid) == before);
	EXPECT_EQUAL(before, blocked_signals(program->threads[1].tid));
}

CHECK(cancelled_waits_give_the_signal_mask_back)
{
	struct program *program = program_with_threads(2);
	struct {
		const void	*mask;
		size_t		bytes;
	} select_mask = { &no_signal, sizeof(no_signal) };
	struct epoll_event event;
	struct pollfd waited;
	int ends[2], epoll = epoll_create1(0);

	socket_pair(ends);
	waited = (struct pollfd){ .fd = ends[0], .events = POLLIN };
	expect_mask_restored(program, CALL(SYS_ppoll, (long)&waited, 1, 0, (long)&no_signal,
					   sizeof(no_signal)));
	expect_mask_restored(program, CALL(SYS_pselect6, 0, 0, 0, 0, 0, (long)&select_mask));
	expect_mask_restored(program, CALL(SYS_epoll_pwait, epoll, (long)&event, 1, -1,
					   (long)&no_signal, sizeof(no_signal)));
	expect_mask_restored(program, CALL(SYS_epoll_pwait2, epoll, (long)&event, 1, 0,
					   (long)&no_signal, sizeof(no_signal)));
}

static unsigned long mask_in_run;

static void *run_blocking_one(void *argument)
{
	sigset_t one;

	sigemptyset(&one);
	sigaddset(&one, SIGUSR1);
	sigprocmask(SIG_BLOCK, &one, NULL);
	mask_in_run = blocked_signals(syscall(SYS_gettid));
	run_unmasked(argument);
	/* As it was before, now that the handler has returned. */
	EXPECT_EQUAL(mask_in_run, blocked_signals(syscall(SYS_gettid)));
	return NULL;
}

CHECK(a_signal_that_only_the_call_lets_through_is_handled)
{
	struct program *program = program_open(1, 0);
	struct program_thread *thread = &program->threads[program->thread_count++];
	struct sigaction action = { .sa_handler = on_signal };
	struct pollfd waited;
	int ends[2];

	sigaction(SIGUSR1, &action, NULL);
	thread->program = program;
	EXPECT_EQUAL(0, pthread_create(&thread->thread, NULL, run_blocking_one, thread));
	wait_threads_in(program, 1);
	socket_pair(ends);
	waited = (struct pollfd){ .fd = ends[0], .events = POLLIN };
	submit(program, 0, 0, CALL(SYS_ppoll, (long)&waited, 1, 0, (long)&no_signal,
				   sizeof(no_signal)));
	wait_blocked(program, 1);
	EXPECT_EQUAL(0, pthread_kill(thread->thread, SIGUSR1));
	EXPECT_EQUAL(EINTR, thread_result(thread));
	EXPECT(handled);
	EXPECT_EQUAL(-EINTR, finish(program, 0));
}
