// SPDX-License-Identifier: MIT
/* calls.c - single calls, batches, a full page set, cancelling. */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"

void check_one_call(void)
{
	struct flexsc *flexsc = create(NULL);

	EXPECT_EQUAL(flexsc_call(flexsc, -1, 0, SYS_getpid, 0, NULL), getpid());
	EXPECT_EQUAL(flexsc_call(flexsc, -1, 0, SYS_close, 1, (uint64_t[]){ 9999 }), -EBADF);
	EXPECT_EQUAL(flexsc_call(flexsc, -1, 0, SYS_getpid, 7, NULL), -EINVAL);
	EXPECT_EQUAL(flexsc_in_flight(flexsc), 0);
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
}

void check_batch(void)
{
	const struct flexsc_config config = { .pages = 2 };
	struct flexsc *flexsc = create(&config);
	struct seen *seen = new_seen(64);
	struct flexsc_counts counts;

	for (int round = 1; round <= 100; round++) {
		for (int i = 0; i < 64; i++)
			EXPECT_EQUAL(flexsc_submit(flexsc, &seen[i].cb, 0, SYS_getpid, 0, NULL), 0);
		while (flexsc_in_flight(flexsc))
			EXPECT(flexsc_turn(flexsc, 64, -1) >= 0);
		for (int i = 0; i < 64; i++) {
			EXPECT_EQUAL(seen[i].count, round);
			EXPECT_EQUAL(seen[i].ret, getpid());
		}
	}
	counts = flexsc_counts(flexsc);
	EXPECT_EQUAL(counts.completed, 6400);
	/* One entry into the kernel a batch; a preempted wait may need another. */
	EXPECT(counts.ioctls <= 200);
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
}

void check_full(void)
{
	struct flexsc *flexsc = create(NULL);
	struct seen *seen = new_seen(64);
	int fds[2];

	make_pipe(fds, O_NONBLOCK);
	for (int i = 0; i < 63; i++)
		EXPECT_EQUAL(flexsc_read(flexsc, &seen[i].cb, fds[0], malloc(1), 1), 0);
	EXPECT_EQUAL(flexsc_read(flexsc, &seen[63].cb, fds[0], NULL, 0), -EAGAIN);
	EXPECT_EQUAL(flexsc_call(flexsc, -1, 0, SYS_getpid, 0, NULL), -EAGAIN);
	EXPECT_EQUAL(flexsc_submit(flexsc, &seen[0].cb, 0, SYS_getpid, 0, NULL), -EBUSY);
	/* The entry kept back lets one of them be cancelled. */
	EXPECT_EQUAL(flexsc_cancel(flexsc, &seen[5].cb), 0);
	turn_until(flexsc, &seen[5]);
	EXPECT_EQUAL(seen[5].ret, -ECANCELED);
	EXPECT_EQUAL(flexsc_in_flight(flexsc), 62);
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
}

void check_cancel(void)
{
	struct flexsc *flexsc = create(NULL);
	struct seen *seen = new_seen(2);
	int blocking[2], waiting[2];
	char byte;

	make_pipe(blocking, 0);
	make_pipe(waiting, O_NONBLOCK);
	EXPECT_EQUAL(flexsc_read(flexsc, &seen[0].cb, blocking[0], &byte, 1), 0);
	EXPECT_EQUAL(flexsc_read(flexsc, &seen[1].cb, waiting[0], &byte, 1), 0);
	EXPECT_EQUAL(flexsc_call(flexsc, -1, 0, SYS_getpid, 0, NULL), getpid());
	for (int i = 0; i < 2; i++) {
		EXPECT_EQUAL(flexsc_cancel(flexsc, &seen[i].cb), 0);
		turn_until(flexsc, &seen[i]);
		EXPECT(seen[i].ret == -ECANCELED || seen[i].ret == -EINTR);
		EXPECT_EQUAL(flexsc_cancel(flexsc, &seen[i].cb), -ENOENT);
	}
	EXPECT_EQUAL(flexsc_call(flexsc, -1, 0, SYS_getpid, 0, NULL), getpid());
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
}

void check_call_times_out(void)
{
	struct flexsc *flexsc = create(NULL);
	char byte;
	int fds[2];

	make_pipe(fds, 0);
	EXPECT_EQUAL(flexsc_call(flexsc, NS_PER_S / 20, 0, SYS_read, 3,
				 (uint64_t[]){ fds[0], FLEXSC_POINTER(&byte), 1 }), -ETIME);
	EXPECT_EQUAL(flexsc_call(flexsc, -1, 0, SYS_getpid, 0, NULL), getpid());
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
}
