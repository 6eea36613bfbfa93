// SPDX-License-Identifier: GPL-2.0-only
/* FLEXSC_IOC_WAIT, WAKE, and poll of the device by the program. */
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#include "fixtures.h"

CHECK(wait_for_none_only_kicks)
{
	struct program *program = program_start();

	EVENTUALLY(program->control->executor_sleeps);
	EXPECT_EQUAL(0, wait_for(program, 0, -1));
	EXPECT_EQUAL(0, stats(program).kicks);
	enqueue(program, 0, 0, CALL(SYS_getpid));
	EXPECT(wait_for(program, 0, -1) >= 0);
	EXPECT_EQUAL(1, stats(program).kicks);
	/* The status is done a moment before the completion is in the ring. */
	EVENTUALLY(wait_for(program, 0, -1) == 1);
}

CHECK(wait_kicks_and_waits_in_one_call)
{
	struct program *program = program_start();

	EVENTUALLY(program->control->executor_sleeps);
	enqueue(program, 0, 0, CALL(SYS_getpid));
	EXPECT_EQUAL(1, wait_for(program, 1, -1));
	EXPECT_EQUAL(0, reap(program));
}

CHECK(wait_times_out)
{
	struct program *program = program_start();
	long long before = now_ms();

	EXPECT_EQUAL(0, wait_for(program, 1, 50000000));
	EXPECT(now_ms() - before >= 49);
	EXPECT_EQUAL(0, wait_for(program, 1, 0));
}

CHECK(wait_for_many_outlasts_a_few)
{
	struct program *program = program_start();

	EXPECT_EQUAL(0, call(program, 0, CALL(FLEXSC_NR_NOP)));
	submit(program, 1, 0, CALL(FLEXSC_NR_NOP));
	/* One is there, two are asked for. */
	EXPECT_EQUAL(1, wait_for(program, 2, 50000000));
	submit(program, 2, 0, CALL(FLEXSC_NR_NOP));
	EXPECT_EQUAL(2, wait_for(program, 2, -1));
}

CHECK(wait_for_more_than_there_are_entries_is_bounded)
{
	struct program *program = program_start();
	__u32 i;

	for (i = 0; i < program->count; i++) {
		enqueue(program, i, 0, CALL(FLEXSC_NR_NOP));
	}
	EXPECT_EQUAL(program->count, wait_for(program, ~0u, -1));
}

CHECK(wait_ends_early_with_what_there_is)
{
	struct program *program = program_start();
	struct flexsc_wait wait = {
		.min_completions = 10, .min_wait_us = 20000, .timeout_ns = -1,
	};
	long long before = now_ms();

	submit(program, 0, 0, CALL(FLEXSC_NR_NOP));
	EXPECT_EQUAL(1, ioctl(program->fd, FLEXSC_IOC_WAIT, &wait));
	EXPECT(now_ms() - before >= 19);
}

CHECK(wait_past_its_early_end_takes_the_first)
{
	struct program *program = program_start();
	struct timespec time = { .tv_nsec = 60000000 };
	struct flexsc_wait wait = {
		.min_completions = 10, .min_wait_us = 1000, .timeout_ns = -1,
	};

	submit(program, 0, 0, CALL(SYS_nanosleep, (long)&time, 0));
	EXPECT_EQUAL(1, ioctl(program->fd, FLEXSC_IOC_WAIT, &wait));
}

CHECK(wake_ends_the_next_wait_once)
{
	struct program *program = program_start();

	EXPECT_EQUAL(0, ioctl(program->fd, FLEXSC_IOC_WAKE));
	EXPECT_EQUAL(0, ioctl(program->fd, FLEXSC_IOC_WAKE));
	/* A look that does not wait leaves it. */
	EXPECT_EQUAL(0, wait_for(program, 0, -1));
	EXPECT_EQUAL(0, wait_for(program, 1, -1));
	EXPECT_EQUAL(0, wait_for(program, 1, 20000000));
	EXPECT_EQUAL(2, stats(program).wakes);
}

static void *wake_later(void *argument)
{
	struct program *program = argument;

	wait_thread_state(getpid(), 'S');
	ioctl(program->fd, FLEXSC_IOC_WAKE);
	return NULL;
}

CHECK(wake_ends_a_wait_under_way)
{
	struct program *program = program_start();
	pthread_t thread;

	thread = start_helper(wake_later, program);
	EXPECT_EQUAL(0, wait_for(program, 1, -1));
	join(thread);
}

static void on_alarm(int number)
{
	(void)number;
}

static void *alarm_later(void *main_thread)
{
	wait_thread_state(getpid(), 'S');
	pthread_kill(*(pthread_t *)main_thread, SIGALRM);
	return NULL;
}

CHECK(a_signal_ends_a_wait)
{
	struct program *program = program_start();
	struct sigaction action = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
	pthread_t self = pthread_self();

	sigaction(SIGALRM, &action, NULL);
	start_helper(alarm_later, &self);
	EXPECT_ERRNO(EINTR, wait_for(program, 1, -1));
}

static int poll_device(struct program *program, int timeout)
{
	struct pollfd ready = { .fd = program->fd, .events = POLLIN };

	return poll(&ready, 1, timeout) == 1 ? ready.revents : 0;
}

CHECK(device_polls_ready_with_completions)
{
	struct program *program = program_start();

	EXPECT_EQUAL(0, poll_device(program, 0));
	submit(program, 0, 0, CALL(FLEXSC_NR_NOP));
	EXPECT_EQUAL(POLLIN, poll_device(program, -1));
	EXPECT_EQUAL(0, reap(program));
	EXPECT_EQUAL(0, poll_device(program, 0));
}

CHECK(device_polls_ready_with_a_wake)
{
	struct program *program = program_start();

	EXPECT_EQUAL(0, ioctl(program->fd, FLEXSC_IOC_WAKE));
	EXPECT_EQUAL(POLLIN, poll_device(program, 0));
	EXPECT_EQUAL(0, wait_for(program, 1, -1));
	EXPECT_EQUAL(0, poll_device(program, 0));
}

CHECK(device_polls_an_error_before_setup)
{
	struct pollfd ready = { .fd = open_device(), .events = POLLIN };

	EXPECT_EQUAL(1, poll(&ready, 1, 0));
	EXPECT_EQUAL(POLLERR, ready.revents);
}

CHECK(epoll_is_told_of_every_completion)
{
	struct program *program = program_start();
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	int epoll = epoll_create1(0), i;

	EXPECT_EQUAL(0, epoll_ctl(epoll, EPOLL_CTL_ADD, program->fd, &event));
	for (i = 0; i < 200; i++) {
		submit(program, 0, 0, CALL(SYS_getppid));
		EXPECT_EQUAL(1, epoll_wait(epoll, &event, 1, 1000 * check_deadline_seconds()));
		EXPECT_EQUAL(0, reap(program));
	}
}

CHECK(no_wake_up_is_lost_either_way)
{
	struct program *program = program_open(1, 0);
	int i;

	program_thread(program, 1, 0);
	/* Both sides go to sleep after every call. */
	for (i = 0; i < 3000; i++) {
		submit(program, i % 64, 0, CALL(SYS_getppid));
		EXPECT_EQUAL(1, wait_for(program, 1, 1000000000LL * check_deadline_seconds()));
		EXPECT_EQUAL(i % 64, reap(program));
	}
}
