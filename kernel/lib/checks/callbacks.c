// SPDX-License-Identifier: MIT
/* callbacks.c - what callbacks may do. */
#define _GNU_SOURCE

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"

static int stack_answer, heap_answer;

__attribute__((noinline))
static void submit_from_own_frame(struct flexsc *flexsc)
{
	struct flexsc_cb on_stack = { .callback = see };

	stack_answer = flexsc_submit(flexsc, &on_stack, 0, SYS_getpid, 0, NULL);
}

static void submit_as_on_the_slides(struct flexsc_cb *cb)
{
	struct seen *next = cb->arg;

	submit_from_own_frame(cb->flexsc);
	heap_answer = flexsc_submit(cb->flexsc, &next->cb, 0, SYS_getpid, 0, NULL);
}

void check_callback_on_stack_is_refused(void)
{
	struct flexsc *flexsc = create(NULL);
	struct seen *seen = new_seen(1);
	struct flexsc_cb first = { .callback = submit_as_on_the_slides, .arg = seen };

	/* This frame outlives the loop below, so here it is allowed. */
	EXPECT_EQUAL(flexsc_submit(flexsc, &first, 0, SYS_getpid, 0, NULL), 0);
	EXPECT_EQUAL(flexsc_loop(flexsc), 0);
	EXPECT_EQUAL(stack_answer, -EFAULT);
	EXPECT_EQUAL(heap_answer, 0);
	EXPECT_EQUAL(seen->ret, getpid());
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
}

static int turn_answer;
static int64_t nested_answer;

static void call_in_callback(struct flexsc_cb *cb)
{
	turn_answer = flexsc_turn(cb->flexsc, 1, 0);
	nested_answer = flexsc_call(cb->flexsc, -1, 0, SYS_getpid, 0, NULL);
}

void check_call_inside_callback(void)
{
	struct flexsc *flexsc = create(NULL);
	struct seen *seen = new_seen(10);
	struct flexsc_cb first = { .callback = call_in_callback };

	EXPECT_EQUAL(flexsc_submit(flexsc, &first, 0, SYS_getpid, 0, NULL), 0);
	for (int i = 0; i < 10; i++)
		EXPECT_EQUAL(flexsc_submit(flexsc, &seen[i].cb, 0, SYS_getpid, 0, NULL), 0);
	EXPECT_EQUAL(flexsc_loop(flexsc), 0);
	EXPECT_EQUAL(turn_answer, -EBUSY);
	EXPECT_EQUAL(nested_answer, getpid());
	for (int i = 0; i < 10; i++)
		EXPECT_EQUAL(seen[i].count, 1);
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
}
