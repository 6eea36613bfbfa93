// SPDX-License-Identifier: MIT
/* timers.c - timers in the loop. */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

#define NS_PER_MS		INT64_C(1000000)

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* How often a timer was due, and when it is to be stopped. */
struct ticks {
	struct flexsc_timer	timer;
	unsigned int		count;
	unsigned int		limit;		/* 0: none */
	uint64_t		periods;
	struct ticks		*then_stop;
};

static struct ticks *order[8];
static unsigned int ordered;

static void tick(struct flexsc_timer *timer)
{
	struct ticks *ticks = timer->arg;

	ticks->count++;
	ticks->periods += timer->expirations;
	if (ordered < sizeof(order) / sizeof(*order))
		order[ordered++] = ticks;
	if (ticks->count == ticks->limit)
		EXPECT_EQUAL(flexsc_timer_stop(timer), 0);
	if (ticks->then_stop)
		EXPECT_EQUAL(flexsc_timer_stop(&ticks->then_stop->timer), 0);
}

static void prepare(struct ticks *ticks, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		ticks[i].timer.callback = tick;
		ticks[i].timer.arg = &ticks[i];
	}
}

void check_timer_once(void)
{
	struct flexsc *flexsc = create(NULL);
	struct ticks ticks[4] = { 0 };
	static const int delays_ms[] = { 30, 10, 40, 20 };
	int64_t begin_ns;

	prepare(ticks, 4);
	EXPECT_EQUAL(flexsc_timer_next_ns(flexsc), -1);
	begin_ns = now_ns();
	for (int i = 0; i < 4; i++)
		EXPECT_EQUAL(flexsc_timer_start(flexsc, &ticks[i].timer, delays_ms[i] * NS_PER_MS, 0), 0);
	EXPECT(flexsc_timer_next_ns(flexsc) <= 10 * NS_PER_MS);
	/* The loop goes on for timers alone, and ends with them. */
	EXPECT_EQUAL(flexsc_loop(flexsc), 0);
	EXPECT(now_ns() - begin_ns >= 40 * NS_PER_MS);
	EXPECT_EQUAL(ordered, 4);
	EXPECT(order[0] == &ticks[1] && order[1] == &ticks[3] && order[2] == &ticks[0] &&
	       order[3] == &ticks[2]);
	for (int i = 0; i < 4; i++) {
		EXPECT_EQUAL(ticks[i].count, 1);
		EXPECT_EQUAL(ticks[i].periods, 1);
		EXPECT(!flexsc_timer_is_started(&ticks[i].timer));
	}
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
}

void check_timer_repeats(void)
{
	struct flexsc *flexsc = create(NULL);
	struct ticks ticks = { .limit = 5 };
	int64_t begin_ns = now_ns();

	prepare(&ticks, 1);
	EXPECT_EQUAL(flexsc_timer_start(flexsc, &ticks.timer, 0, 5 * NS_PER_MS), 0);
	EXPECT_EQUAL(flexsc_loop(flexsc), 0);
	EXPECT_EQUAL(ticks.count, 5);
	EXPECT(ticks.periods >= 5);
	EXPECT(now_ns() - begin_ns >= 4 * 5 * NS_PER_MS);
	EXPECT_EQUAL(flexsc_timer_stop(&ticks.timer), -ENOENT);
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
}

/* A loop that was away for many periods makes one callback, not one for each. */
void check_timer_that_is_late_runs_once(void)
{
	const struct timespec pause = { .tv_nsec = 50 * NS_PER_MS };
	struct flexsc *flexsc = create(NULL);
	struct ticks ticks = { 0 };
	int64_t begin_ns = now_ns();

	prepare(&ticks, 1);
	EXPECT_EQUAL(flexsc_timer_start(flexsc, &ticks.timer, NS_PER_MS, NS_PER_MS), 0);
	nanosleep(&pause, NULL);
	EXPECT_EQUAL(flexsc_timer_next_ns(flexsc), 0);
	EXPECT_EQUAL(flexsc_turn(flexsc, 1, 0), 1);
	EXPECT_EQUAL(ticks.count, 1);
	EXPECT(ticks.periods >= 49);
	EXPECT((int64_t)ticks.periods <= (now_ns() - begin_ns) / NS_PER_MS);
	EXPECT(flexsc_timer_next_ns(flexsc) <= NS_PER_MS);
	EXPECT(flexsc_timer_is_started(&ticks.timer));
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
	EXPECT_EQUAL(ticks.count, 1);
	EXPECT(!flexsc_timer_is_started(&ticks.timer));
}

void check_timer_ends_a_wait(void)
{
	struct flexsc *flexsc = create(NULL);
	struct ticks ticks[2] = { 0 };
	int64_t begin_ns = now_ns();

	prepare(ticks, 2);
	ticks[0].then_stop = &ticks[1];
	EXPECT_EQUAL(flexsc_timer_start(flexsc, &ticks[0].timer, 10 * NS_PER_MS, 0), 0);
	EXPECT_EQUAL(flexsc_timer_start(flexsc, &ticks[1].timer, 3600 * NS_PER_S, 0), 0);
	/* The wait of a turn may also end early, for a thread that is wanted. */
	while (!ticks[0].count)
		EXPECT(flexsc_turn(flexsc, 1, 3600 * NS_PER_S) >= 0);
	EXPECT(now_ns() - begin_ns < 3600 * NS_PER_S);
	EXPECT_EQUAL(ticks[1].count, 0);
	EXPECT_EQUAL(flexsc_timer_stop(&ticks[1].timer), -ENOENT);
	EXPECT_EQUAL(flexsc_loop(flexsc), 0);
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
}

static unsigned int restarts;

static void restart(struct flexsc_timer *timer)
{
	restarts++;
	EXPECT_EQUAL(flexsc_turn(timer->flexsc, 1, 0), -EBUSY);
	EXPECT_EQUAL(flexsc_destroy(timer->flexsc), -EBUSY);
	EXPECT_EQUAL(flexsc_timer_start(timer->flexsc, timer, 0, 0), 0);
}

/* One callback a turn, and calls are served beside it. */
void check_timer_that_restarts_starves_nothing(void)
{
	struct flexsc *flexsc = create(NULL);
	struct flexsc_timer timer = { .callback = restart };
	struct seen *seen = new_seen(1);

	EXPECT_EQUAL(flexsc_timer_start(flexsc, &timer, 0, 0), 0);
	for (unsigned int turn = 1; turn <= 1000; turn++) {
		EXPECT(flexsc_turn(flexsc, 1, -1) >= 0);
		EXPECT(restarts <= turn);
	}
	EXPECT(restarts > 1);
	EXPECT_EQUAL(flexsc_nop(flexsc, &seen->cb), 0);
	turn_until(flexsc, seen);
	EXPECT_EQUAL(seen->ret, 0);
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
}

static int frame_answer, shutdown_answer;

__attribute__((noinline))
static void start_in_own_frame(struct flexsc *flexsc)
{
	struct flexsc_timer on_stack = { .callback = tick };

	frame_answer = flexsc_timer_start(flexsc, &on_stack, 0, 0);
}

static void start_when_closing(struct flexsc_cb *cb)
{
	shutdown_answer = flexsc_timer_start(cb->flexsc, cb->arg, 0, 0);
}

static void start_in_callback(struct flexsc_cb *cb)
{
	start_in_own_frame(cb->flexsc);
}

void check_timer_that_cannot_be_started(void)
{
	const struct flexsc_config config = { .max_timers = 17 };
	struct flexsc *flexsc = create(&config);
	struct flexsc_cb first = { .callback = start_in_callback };
	struct flexsc_cb waiting = { .callback = start_when_closing };
	struct flexsc_timer nothing = { 0 };
	struct ticks ticks[18] = { 0 };
	int fds[2];
	char byte;

	prepare(ticks, 18);
	EXPECT_EQUAL(flexsc_timer_start(flexsc, &nothing, 0, 0), -EINVAL);
	EXPECT_EQUAL(flexsc_timer_start(flexsc, &ticks[0].timer, -1, 0), -EINVAL);
	EXPECT_EQUAL(flexsc_timer_start(flexsc, &ticks[0].timer, 0, -1), -EINVAL);
	EXPECT_EQUAL(flexsc_timer_start(flexsc, &ticks[0].timer, FLEXSC_MAX_DELAY_NS + 1, 0), -EINVAL);
	EXPECT_EQUAL(flexsc_timer_start(flexsc, &ticks[0].timer, 0, FLEXSC_MAX_DELAY_NS + 1), -EINVAL);
	/* Room is made in steps, up to the bound. */
	for (int i = 0; i < 17; i++)
		EXPECT_EQUAL(flexsc_timer_start(flexsc, &ticks[i].timer, FLEXSC_MAX_DELAY_NS,
						FLEXSC_MAX_DELAY_NS), 0);
	EXPECT_EQUAL(flexsc_timer_start(flexsc, &ticks[0].timer, 0, 0), -EBUSY);
	EXPECT_EQUAL(flexsc_timer_start(flexsc, &ticks[17].timer, 0, 0), -EAGAIN);
	EXPECT_EQUAL(flexsc_timer_stop(&ticks[3].timer), 0);
	EXPECT_EQUAL(flexsc_timer_start(flexsc, &ticks[17].timer, FLEXSC_MAX_DELAY_NS, 0), 0);
	EXPECT_EQUAL(flexsc_timer_stop(&ticks[17].timer), 0);

	EXPECT_EQUAL(flexsc_submit(flexsc, &first, 0, FLEXSC_NR_NOP, 0, NULL), 0);
	while (flexsc_in_flight(flexsc))
		EXPECT(flexsc_turn(flexsc, 1, -1) >= 0);
	EXPECT_EQUAL(frame_answer, -EFAULT);
	make_pipe(fds, O_NONBLOCK);
	waiting.arg = &ticks[3].timer;
	EXPECT_EQUAL(flexsc_read(flexsc, &waiting, fds[0], &byte, 1), 0);
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
	EXPECT_EQUAL(shutdown_answer, -ESHUTDOWN);
	for (int i = 0; i < 18; i++)
		EXPECT_EQUAL(ticks[i].count, 0);
}
