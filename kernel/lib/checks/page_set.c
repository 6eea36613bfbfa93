// SPDX-License-Identifier: MIT
/* page_set.c - creating, polling, stopping and destroying a page set. */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static void *stop_later(void *arg)
{
	const struct timespec pause = { .tv_nsec = 50000000 };

	nanosleep(&pause, NULL);
	flexsc_stop(arg);
	return NULL;
}

void check_stop_from_another_thread(void)
{
	struct flexsc *flexsc = create(NULL);
	struct seen *seen = new_seen(1);
	pthread_t thread;
	char byte;
	int fds[2];

	make_pipe(fds, O_NONBLOCK);
	EXPECT_EQUAL(flexsc_read(flexsc, &seen->cb, fds[0], &byte, 1), 0);
	EXPECT_EQUAL(pthread_create(&thread, NULL, stop_later, flexsc), 0);
	EXPECT_EQUAL(flexsc_loop(flexsc), 0);
	EXPECT_EQUAL(seen->count, 0);
	EXPECT_EQUAL(pthread_join(thread, NULL), 0);
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
	EXPECT_EQUAL(seen->count, 1);
	EXPECT_EQUAL(seen->ret, -ECANCELED);
}

/* Every kind of call in flight, and more blocked ones than threads. */
void check_destroy_with_calls_in_flight(void)
{
	const struct flexsc_config config = { .threads = 2, .max_threads = 2 };
	struct flexsc *flexsc = create(&config);
	struct seen *seen = new_seen(8);
	int blocking[2], waiting[2];
	char byte;

	make_pipe(blocking, 0);
	make_pipe(waiting, O_NONBLOCK);
	for (int i = 0; i < 8; i++)
		EXPECT_EQUAL(FLEXSC_SUBMIT(flexsc, &seen[i].cb, i % 2 ? FLEXSC_ENTRY_POLL_IN : 0,
					   SYS_read, (uint64_t)(i % 2 ? waiting[0] : blocking[0]),
					   FLEXSC_POINTER(&byte), 1), 0);
	EXPECT_EQUAL(flexsc_turn(flexsc, 1, NS_PER_S / 10), 0);
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
	for (int i = 0; i < 8; i++) {
		EXPECT_EQUAL(seen[i].count, 1);
		EXPECT(seen[i].ret == -ECANCELED || seen[i].ret == -EINTR);
	}
}

void check_poll_of_the_device(void)
{
	struct flexsc *flexsc = create(NULL);
	struct pollfd ready = { .fd = flexsc_fd(flexsc), .events = POLLIN };
	struct seen *seen = new_seen(1);

	EXPECT_EQUAL(poll(&ready, 1, 0), 0);
	EXPECT_EQUAL(flexsc_submit(flexsc, &seen->cb, 0, SYS_getpid, 0, NULL), 0);
	EXPECT_EQUAL(flexsc_kick(flexsc), 0);
	EXPECT_EQUAL(poll(&ready, 1, -1), 1);
	EXPECT_EQUAL(flexsc_turn(flexsc, 1, 0), 1);
	EXPECT_EQUAL(seen->ret, getpid());
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
}

void check_configuration(void)
{
	static const struct flexsc_config bad[] = {
		{ .pages = FLEXSC_MAX_PAGES + 1 },
		{ .max_threads = FLEXSC_MAX_THREADS + 1 },
		{ .threads = 3, .max_threads = 2 },
		{ .spin_us = FLEXSC_MAX_SPIN_US + 1 },
		{ .max_timers = FLEXSC_MAX_TIMERS + 1 },
		{ .pinned = true, .cpu = -1 },
		{ .pinned = true, .cpu = 1000 },
	};
	const struct flexsc_config other_core = { .pinned = true, .cpu = 1 };
	struct flexsc *flexsc;
	cpu_set_t core = { 0 };

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		EXPECT_EQUAL(flexsc_create(&flexsc, &bad[i]), -EINVAL);
		EXPECT(!flexsc);
	}
	/* A core outside the mask of the thread that creates the page set is no obstacle. */
	CPU_SET(0, &core);
	EXPECT_EQUAL(sched_setaffinity(0, sizeof(core), &core), 0);
	EXPECT_EQUAL(flexsc_destroy(create(&other_core)), 0);
	for (int i = 0; i < 50; i++)
		EXPECT_EQUAL(flexsc_destroy(create(NULL)), 0);
}
