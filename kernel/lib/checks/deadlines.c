// SPDX-License-Identifier: MIT
/* deadlines.c - calls that are cancelled when their time is over. */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "check.h"

#define NS_PER_MS		INT64_C(1000000)

/* One that waits for readiness, and one that holds a thread. */
void check_deadline(void)
{
	struct flexsc *flexsc = create(NULL);
	struct flexsc_timer timers[2] = { 0 };
	struct seen *seen = new_seen(2);
	int fds[2][2];
	char byte;

	for (int i = 0; i < 2; i++) {
		make_pipe(fds[i], i ? 0 : O_NONBLOCK);
		EXPECT_EQUAL(flexsc_read(flexsc, &seen[i].cb, fds[i][0], &byte, 1), 0);
		EXPECT_EQUAL(flexsc_cancel_after(flexsc, &seen[i].cb, &timers[i], 20 * NS_PER_MS), 0);
		EXPECT(flexsc_timer_is_started(&timers[i]));
	}
	EXPECT_EQUAL(flexsc_loop(flexsc), 0);
	for (int i = 0; i < 2; i++) {
		EXPECT_EQUAL(seen[i].count, 1);
		EXPECT_EQUAL(seen[i].ret, -ETIME);
		EXPECT(!flexsc_timer_is_started(&timers[i]));
	}
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
}

void check_deadline_of_a_call_that_ends(void)
{
	struct flexsc *flexsc = create(NULL);
	struct flexsc_timer timer = { 0 }, other = { 0 };
	struct seen *seen = new_seen(2);
	char byte = 'x';
	int fds[2];

	make_pipe(fds, O_NONBLOCK);
	EXPECT_EQUAL(flexsc_cancel_after(flexsc, &seen->cb, &timer, 0), -ENOENT);
	EXPECT_EQUAL(flexsc_read(flexsc, &seen->cb, fds[0], &byte, 1), 0);
	EXPECT_EQUAL(flexsc_cancel_after(flexsc, &seen->cb, NULL, 0), -EINVAL);
	EXPECT_EQUAL(flexsc_cancel_after(flexsc, &seen->cb, &timer, -1), -EINVAL);
	EXPECT_EQUAL(flexsc_cancel_after(flexsc, &seen->cb, &timer, 3600 * NS_PER_S), 0);
	EXPECT_EQUAL(flexsc_cancel_after(flexsc, &seen->cb, &other, 3600 * NS_PER_S), -EBUSY);
	EXPECT_EQUAL(write(fds[1], "a", 1), 1);
	/* The loop ends: the timer went with the call. */
	EXPECT_EQUAL(flexsc_loop(flexsc), 0);
	EXPECT_EQUAL(seen->ret, 1);
	EXPECT(!flexsc_timer_is_started(&timer));

	/* Taken back, the call goes on; given again, it ends it. */
	EXPECT_EQUAL(flexsc_read(flexsc, &seen[1].cb, fds[0], &byte, 1), 0);
	EXPECT_EQUAL(flexsc_cancel_after(flexsc, &seen[1].cb, &timer, 0), 0);
	EXPECT_EQUAL(flexsc_timer_stop(&timer), 0);
	EXPECT_EQUAL(flexsc_turn(flexsc, 1, 20 * NS_PER_MS), 0);
	EXPECT_EQUAL(seen[1].count, 0);
	EXPECT_EQUAL(flexsc_cancel_after(flexsc, &seen[1].cb, &timer, NS_PER_MS), 0);
	EXPECT_EQUAL(flexsc_loop(flexsc), 0);
	EXPECT_EQUAL(seen[1].ret, -ETIME);
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
}

/* More cancel requests than entries are free: each goes out once there is one. */
void check_deadlines_of_a_full_page_set(void)
{
	struct flexsc *flexsc = create(NULL);
	struct flexsc_timer timers[63] = { 0 };
	struct seen *seen = new_seen(63);
	char byte;
	int fds[2];

	make_pipe(fds, O_NONBLOCK);
	for (int i = 0; i < 63; i++) {
		EXPECT_EQUAL(flexsc_read(flexsc, &seen[i].cb, fds[0], &byte, 1), 0);
		EXPECT_EQUAL(flexsc_cancel_after(flexsc, &seen[i].cb, &timers[i], NS_PER_MS), 0);
	}
	EXPECT_EQUAL(flexsc_loop(flexsc), 0);
	for (int i = 0; i < 63; i++) {
		EXPECT_EQUAL(seen[i].count, 1);
		EXPECT_EQUAL(seen[i].ret, -ETIME);
	}
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
}

/* A deadline in flight at the end leaves neither call nor timer behind. */
void check_destroy_with_deadlines(void)
{
	struct flexsc *flexsc = create(NULL);
	struct flexsc_timer timer = { 0 };
	struct seen *seen = new_seen(1);
	char byte;
	int fds[2];

	make_pipe(fds, O_NONBLOCK);
	EXPECT_EQUAL(flexsc_read(flexsc, &seen->cb, fds[0], &byte, 1), 0);
	EXPECT_EQUAL(flexsc_cancel_after(flexsc, &seen->cb, &timer, 3600 * NS_PER_S), 0);
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
	EXPECT_EQUAL(seen->ret, -ECANCELED);
	EXPECT(!flexsc_timer_is_started(&timer));
}
