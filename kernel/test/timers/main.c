// SPDX-License-Identifier: MIT
/*
 * main.c - the timers of libflexsc against a plain list of them: started, stopped
 * and run in random order, on a clock of the test's own. No device is needed.
 *
 *	flexsc-timers [seed [steps]]
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "flexsc_internal.h"

#define TIMERS		200
#define BOUND		40	/* no power of two: the last room made is smaller */
#define LONGEST_NS	1000

struct model {
	struct flexsc_timer	timer;
	int64_t			due_ns;		/* < 0: not started */
	int64_t			period_ns;
	uint64_t		expirations;	/* what the next callback is to say */
};

static struct model models[TIMERS];
static struct flexsc flexsc;
static int64_t now_ns, last_due_ns;
static unsigned int ran, refused;

static void fail(const char *what, const struct model *model)
{
	printf("not ok timers: %s: timer %td, due at %lld, now %lld\n", what, model - models,
	       (long long)model->due_ns, (long long)now_ns);
	exit(EXIT_FAILURE);
}

static void due(struct flexsc_timer *timer)
{
	struct model *model = timer->arg;

	ran++;
	if (model->due_ns < 0 || model->due_ns > now_ns)
		fail("runs and is not due", model);
	if (model->due_ns < last_due_ns)
		fail("runs after a later one", model);
	last_due_ns = model->due_ns;
	if (timer->expirations != (model->period_ns ?
				   (uint64_t)((now_ns - model->due_ns) / model->period_ns) + 1 : 1))
		fail("tells a wrong number of expirations", model);
	model->due_ns = model->period_ns ?
			model->due_ns + (int64_t)timer->expirations * model->period_ns : -1;
	if (flexsc_timer_is_started(timer) != (model->due_ns >= 0))
		fail("is started and should not be, or the other way round", model);
}

static unsigned int started(void)
{
	unsigned int count = 0;

	for (int i = 0; i < TIMERS; i++)
		count += models[i].due_ns >= 0;
	return count;
}

static void add(struct model *model)
{
	bool full = started() == BOUND;

	if (model->due_ns >= 0)
		return;
	model->timer.callback = due;
	model->timer.arg = model;
	model->period_ns = model->timer.period_ns = rand() % 2 ? 0 : 1 + rand() % LONGEST_NS;
	if (flexsc_timer_add(&flexsc, &model->timer, now_ns + rand() % LONGEST_NS) !=
	    (full ? -EAGAIN : 0))
		fail("another answer than expected at the start", model);
	refused += full;
	if (!full)
		model->due_ns = model->timer.due_ns;
}

static void stop(struct model *model)
{
	if (flexsc_timer_stop(&model->timer) != (model->due_ns >= 0 ? 0 : -ENOENT))
		fail("another answer than expected at the stop", model);
	model->due_ns = -1;
}

static void run(void)
{
	unsigned int expected = 0;

	now_ns += rand() % (LONGEST_NS / 4);
	for (int i = 0; i < TIMERS; i++)
		expected += models[i].due_ns >= 0 && models[i].due_ns <= now_ns;
	ran = 0;
	last_due_ns = 0;
	if (flexsc_run_timers(&flexsc, now_ns) != (int)expected || ran != expected)
		fail("one that is due did not run", &models[0]);
}

int main(int argc, char **argv)
{
	unsigned int seed = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
	unsigned long steps = argc > 2 ? strtoul(argv[2], NULL, 10) : 200000;

	srand(seed);
	flexsc.config.max_timers = BOUND;
	for (int i = 0; i < TIMERS; i++)
		models[i].due_ns = -1;
	while (steps--) {
		/* Phases in which timers pile up and in which they go. */
		int choice = rand() % 8, starts = steps / 1000 % 2 ? 5 : 2;

		if (choice < starts)
			add(&models[rand() % TIMERS]);
		else if (choice < 7)
			stop(&models[rand() % TIMERS]);
		else
			run();
		if (flexsc.timer_count != started())
			fail("the count is wrong", &models[0]);
	}
	flexsc_stop_timers(&flexsc);
	for (int i = 0; i < TIMERS; i++)
		if (flexsc_timer_is_started(&models[i].timer))
			fail("is left", &models[i]);
	if (!refused)
		fail("the bound was never reached", &models[0]);
	free(flexsc.timers);
	printf("ok timers: seed %u\n", seed);
	return EXIT_SUCCESS;
}
