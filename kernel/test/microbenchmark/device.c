// SPDX-License-Identifier: GPL-2.0-only
/* device.c - getpid through /dev/flexsc, by libflexsc. */
#include <string.h>

#include "../../lib/flexsc.h"
#include "batch.h"

/* Longer than a round takes on a slow machine: the thread finds work before it sleeps. */
#define SPIN_US		20000u

static struct flexsc *flexsc;
static struct flexsc_cb callbacks[MAX_BATCH];
static unsigned int ended;
static bool program_waits;

static void count(struct flexsc_cb *cb)
{
	if (cb->ret <= 0)
		die("getpid through the page answered %lld", (long long)cb->ret);
	ended++;
}

static void start(int core, unsigned int spin_us)
{
	const struct flexsc_config config = {
		.pages = 2,		/* an entry of a page set is kept for cancels */
		.pinned = true,
		.cpu = core,
		.spin_us = spin_us,
	};
	int error = flexsc_create(&flexsc, &config);

	if (error)
		die("%s (%s)", flexsc_remedy(error), strerror(-error));
	for (unsigned int i = 0; i < MAX_BATCH; i++)
		callbacks[i].callback = count;
}

static void start_same_core(const struct arrangement *arrangement, int own_core, int other_core)
{
	(void)arrangement;
	(void)other_core;
	program_waits = true;
	start(own_core, 0);
}

static void start_other_core_waiting(const struct arrangement *arrangement, int own_core,
				     int other_core)
{
	(void)arrangement;
	(void)own_core;
	program_waits = true;
	start(other_core, 0);
}

static void start_other_core_spinning(const struct arrangement *arrangement, int own_core,
				      int other_core)
{
	(void)arrangement;
	(void)own_core;
	program_waits = false;
	start(other_core, SPIN_US);
}

static void round_of(unsigned int batch)
{
	ended = 0;
	for (unsigned int i = 0; i < batch; i++) {
		if (flexsc_submit(flexsc, &callbacks[i], 0, SYS_getpid, 0, NULL))
			die("flexsc_submit refused entry %u", i);
	}
	while (ended < batch) {
		int result = flexsc_turn(flexsc, batch - ended, program_waits ? -1 : 0);

		if (result < 0)
			die("flexsc_turn: %s", strerror(-result));
	}
}

static struct counts counts(void)
{
	struct flexsc_stats stats;
	int error = flexsc_stats(flexsc, &stats);

	if (error)
		die("FLEXSC_IOC_STATS: %s", strerror(-error));
	return (struct counts){
		.traps = flexsc_counts(flexsc).ioctls,
		.executed = stats.executed,
		.handoffs = stats.handoffs,
		.thread_wakeups = stats.thread_wakeups,
		.program_wakeups = stats.program_wakeups,
	};
}

static void stop(void)
{
	int error = flexsc_destroy(flexsc);

	if (error)
		die("flexsc_destroy: %s", strerror(-error));
}

static const struct arrangement arrangements[] = {
	{ "same core: one wait a batch", false, start_same_core, round_of, counts, stop },
	{ "other core: both sides spin", true, start_other_core_spinning, round_of, counts, stop },
	{ "other core: both sides sleep", true, start_other_core_waiting, round_of, counts, stop },
};

const struct backend device_backend = {
	.name = "kernel-module",
	.call = "getpid",
	.trap = "ioctls",
	.arrangements = arrangements,
	.arrangement_count = sizeof(arrangements) / sizeof(*arrangements),
};
