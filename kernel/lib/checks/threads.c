// SPDX-License-Identifier: MIT
/* threads.c - calls that block, calls that wait without a thread, signals. */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"

void check_blocked_call_stops_nothing(void)
{
	struct flexsc *flexsc = create(NULL);
	struct seen *seen = new_seen(1);
	char byte = 0;
	int fds[2];

	make_pipe(fds, 0);
	EXPECT_EQUAL(FLEXSC_SUBMIT(flexsc, &seen->cb, 0, SYS_read, (uint64_t)fds[0],
				   FLEXSC_POINTER(&byte), 1), 0);
	for (int i = 0; i < 100; i++)
		EXPECT_EQUAL(flexsc_call(flexsc, -1, 0, SYS_getpid, 0, NULL), getpid());
	EXPECT_EQUAL(seen->count, 0);
	EXPECT_EQUAL(write(fds[1], "x", 1), 1);
	turn_until(flexsc, seen);
	EXPECT_EQUAL(seen->ret, 1);
	EXPECT_EQUAL(byte, 'x');
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
}

void check_readiness_holds_no_thread(void)
{
	const struct flexsc_config config = { .pages = 2, .max_threads = 1 };
	struct flexsc *flexsc = create(&config);
	struct seen *seen = new_seen(100);
	char bytes[100] = "";
	int fds[2];

	make_pipe(fds, O_NONBLOCK);
	for (int i = 0; i < 100; i++)
		EXPECT_EQUAL(flexsc_read(flexsc, &seen[i].cb, fds[0], &bytes[i], 1), 0);
	/* A hundred reads wait, and the only thread is free. */
	EXPECT_EQUAL(flexsc_call(flexsc, -1, 0, SYS_getpid, 0, NULL), getpid());
	for (int i = 0; i < 100; i++)
		EXPECT_EQUAL(write(fds[1], "x", 1), 1);
	while (flexsc_in_flight(flexsc))
		EXPECT(flexsc_turn(flexsc, 1, -1) >= 0);
	for (int i = 0; i < 100; i++) {
		EXPECT_EQUAL(seen[i].ret, 1);
		EXPECT_EQUAL(bytes[i], 'x');
	}
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
}

/*
 * libc's setgid() signals every thread and waits for each, those inside RUN
 * included. The blocked read goes on afterwards and can still be cancelled,
 * so its token has outlived the restart.
 */
void check_signal_restarts_call(void)
{
	struct flexsc *flexsc = create(NULL);
	struct seen *seen = new_seen(2);
	char byte = 0;
	int fds[2];

	make_pipe(fds, 0);
	for (int i = 0; i < 2; i++) {
		EXPECT_EQUAL(flexsc_read(flexsc, &seen[i].cb, fds[0], &byte, 1), 0);
		EXPECT_EQUAL(flexsc_call(flexsc, -1, 0, SYS_getpid, 0, NULL), getpid());
	}
	EXPECT_EQUAL(setgid(getgid()), 0);
	EXPECT_EQUAL(flexsc_call(flexsc, -1, 0, SYS_getpid, 0, NULL), getpid());
	EXPECT_EQUAL(setgid(getgid()), 0);
	EXPECT_EQUAL(seen[0].count + seen[1].count, 0);
	EXPECT_EQUAL(flexsc_cancel(flexsc, &seen[0].cb), 0);
	turn_until(flexsc, &seen[0]);
	EXPECT(seen[0].ret < 0);
	EXPECT_EQUAL(write(fds[1], "x", 1), 1);
	turn_until(flexsc, &seen[1]);
	EXPECT_EQUAL(seen[1].ret, 1);
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
}

/* At the bound of threads calls wait; the loop does not spin meanwhile. */
void check_bound_of_threads(void)
{
	const struct flexsc_config config = { .max_threads = 3 };
	struct flexsc *flexsc = create(&config);
	struct seen *seen = new_seen(5);
	uint64_t ioctls;
	char byte;
	int fds[2];

	make_pipe(fds, 0);
	for (int i = 0; i < 4; i++)
		EXPECT_EQUAL(FLEXSC_SUBMIT(flexsc, &seen[i].cb, 0, SYS_read, (uint64_t)fds[0],
					   FLEXSC_POINTER(&byte), 1), 0);
	EXPECT_EQUAL(flexsc_submit(flexsc, &seen[4].cb, 0, SYS_getpid, 0, NULL), 0);
	for (int i = 0; i < 10; i++)
		EXPECT_EQUAL(flexsc_turn(flexsc, 1, NS_PER_S / 50), 0);
	EXPECT_EQUAL(flexsc_counts(flexsc).threads, 3);
	EXPECT_EQUAL(seen[4].count, 0);
	ioctls = flexsc_counts(flexsc).ioctls;
	EXPECT_EQUAL(flexsc_call(flexsc, NS_PER_S / 5, 0, SYS_getpid, 0, NULL), -EINPROGRESS);
	/* Two waits, the call's and that for its cancel, and a few early ends. */
	EXPECT(flexsc_counts(flexsc).ioctls - ioctls <= 16);
	for (int i = 0; i < 4; i++)
		EXPECT_EQUAL(write(fds[1], "x", 1), 1);
	while (flexsc_in_flight(flexsc))
		EXPECT(flexsc_turn(flexsc, 1, -1) >= 0);
	for (int i = 0; i < 4; i++)
		EXPECT_EQUAL(seen[i].ret, 1);
	EXPECT_EQUAL(seen[4].ret, getpid());
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
}
