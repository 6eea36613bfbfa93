/* SPDX-License-Identifier: MIT */
/*
 * program.c - a program that uses the installed libflexsc; C99 and C++11. Prints
 * "works", or why not. Exit code 0: works; 77: there is no device; 1: it does not.
 *
 * A pipe is written and read through the page, a read that nobody answers has a
 * deadline, a timer repeats meanwhile.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "program.h"

#define MS		INT64_C(1000000)
#define NO_DEVICE	77

static int ticks;

static void tick(struct flexsc_timer *timer)
{
	if (++ticks == 3)
		flexsc_timer_stop(timer);
}

static void note(struct flexsc_cb *cb)
{
	*(int64_t *)cb->arg = cb->ret;
}

static int differs(const char *what, int64_t actual, int64_t expected)
{
	if (actual != expected)
		printf("%s is %lld, not %lld\n", what, (long long)actual, (long long)expected);
	return actual != expected;
}

static int use(struct flexsc *flexsc)
{
	struct flexsc_cb cbs[4];
	struct flexsc_timer timer, deadline;
	int64_t results[4];
	int fds[2], wrong = 0;
	char text[2];
	int i;

	memset(cbs, 0, sizeof(cbs));
	memset(&timer, 0, sizeof(timer));
	memset(&deadline, 0, sizeof(deadline));
	for (i = 0; i < 4; i++) {
		cbs[i].callback = note;
		cbs[i].arg = &results[i];
	}
	timer.callback = tick;

	if (differs("pipe", flexsc_call_pipe(flexsc, -1, fds, 04000), 0))
		return 1;
	wrong |= differs("write", submit_write(flexsc, &cbs[0], fds[1]), 0);
	wrong |= differs("read", flexsc_read(flexsc, &cbs[1], fds[0], text, 1), 0);
	wrong |= differs("nop", FLEXSC_SUBMIT(flexsc, &cbs[2], 0, FLEXSC_NR_NOP), 0);
	wrong |= differs("timer", flexsc_timer_start(flexsc, &timer, MS, MS), 0);
	wrong |= differs("loop", flexsc_loop(flexsc), 0);
	wrong |= differs("written", results[0], 1);
	wrong |= differs("bytes read", results[1], 1);
	wrong |= differs("nop's result", results[2], 0);
	wrong |= differs("ticks", ticks, 3);

	wrong |= differs("second read", flexsc_read(flexsc, &cbs[3], fds[0], text, 1), 0);
	wrong |= differs("deadline", flexsc_cancel_after(flexsc, &cbs[3], &deadline, MS), 0);
	wrong |= differs("loop", flexsc_loop(flexsc), 0);
	wrong |= differs("result at the deadline", results[3], -ETIME);
	wrong |= differs("close", flexsc_call_close(flexsc, -1, fds[0]), 0);
	return wrong;
}

int main(void)
{
	struct flexsc *flexsc;
	int error = flexsc_create(&flexsc, NULL);
	int wrong;

	if (error) {
		printf("%s\n", flexsc_remedy(error));
		return error == -ENOENT || error == -EACCES ? NO_DEVICE : 1;
	}
	wrong = use(flexsc);
	wrong |= differs("flexsc_destroy", flexsc_destroy(flexsc), 0);
	if (!wrong)
		printf("works\n");
	return wrong;
}
