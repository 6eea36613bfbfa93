// SPDX-License-Identifier: MIT
/*
 * flexsc_timers.c - libflexsc: the timers of a loop, in a heap with the next
 * one on top. A timer knows its place, so one that is stopped leaves at once:
 * most timers of a server are stopped long before they are due, and must not
 * pile up until then.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "flexsc_internal.h"

/* Room for timers at the first start; doubled up to max_timers. */
#define FIRST_CAPACITY		16u

/* When no entry is free for a cancel request, it is tried again after this. */
#define CANCEL_RETRY_NS		(1 * NS_PER_MS)

int64_t flexsc_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 * NS_PER_MS + now.tv_nsec;
}

/* Places count from 1, so that zeroed memory is a timer that is not started. */
static void put(struct flexsc *flexsc, uint32_t place, struct flexsc_timer *timer)
{
	flexsc->timers[place - 1] = timer;
	timer->place = place;
}

static struct flexsc_timer *at(const struct flexsc *flexsc, uint32_t place)
{
	return flexsc->timers[place - 1];
}

static void sift_up(struct flexsc *flexsc, uint32_t place, struct flexsc_timer *timer)
{
	while (place > 1 && at(flexsc, place / 2)->due_ns > timer->due_ns) {
		put(flexsc, place, at(flexsc, place / 2));
		place /= 2;
	}
	put(flexsc, place, timer);
}

static void sift_down(struct flexsc *flexsc, uint32_t place, struct flexsc_timer *timer)
{
	for (;;) {
		uint32_t child = 2 * place;

		if (child > flexsc->timer_count)
			break;
		if (child < flexsc->timer_count &&
		    at(flexsc, child + 1)->due_ns < at(flexsc, child)->due_ns)
			child++;
		if (at(flexsc, child)->due_ns >= timer->due_ns)
			break;
		put(flexsc, place, at(flexsc, child));
		place = child;
	}
	put(flexsc, place, timer);
}

/* The bound is at most FLEXSC_MAX_TIMERS, so nothing here overflows. */
static int make_room(struct flexsc *flexsc)
{
	uint32_t capacity = flexsc->timer_capacity ? 2 * flexsc->timer_capacity : FIRST_CAPACITY;
	struct flexsc_timer **timers;

	if (flexsc->timer_count == flexsc->config.max_timers)
		return -EAGAIN;
	if (flexsc->timer_count < flexsc->timer_capacity)
		return 0;
	if (capacity > flexsc->config.max_timers)
		capacity = flexsc->config.max_timers;
	timers = realloc(flexsc->timers, capacity * sizeof(struct flexsc_timer *));
	if (!timers)
		return -ENOMEM;
	flexsc->timers = timers;
	flexsc->timer_capacity = capacity;
	return 0;
}

int flexsc_timer_add(struct flexsc *flexsc, struct flexsc_timer *timer, int64_t due_ns)
{
	int error = make_room(flexsc);

	if (error)
		return error;
	timer->flexsc = flexsc;
	timer->due_ns = due_ns;
	sift_up(flexsc, ++flexsc->timer_count, timer);
	return 0;
}

static void leave_heap(struct flexsc *flexsc, struct flexsc_timer *timer)
{
	uint32_t hole = timer->place;
	struct flexsc_timer *last = at(flexsc, flexsc->timer_count--);

	timer->place = 0;
	if (last == timer)
		return;
	if (hole > 1 && last->due_ns < at(flexsc, hole / 2)->due_ns)
		sift_up(flexsc, hole, last);
	else
		sift_down(flexsc, hole, last);
}

static int start(struct flexsc *flexsc, struct flexsc_timer *timer, const char *frame,
		 int64_t delay_ns)
{
	if (delay_ns < 0 || delay_ns > FLEXSC_MAX_DELAY_NS)
		return -EINVAL;
	if (flexsc->closing)
		return -ESHUTDOWN;
	if (flexsc_lies_in_callback(flexsc, timer, frame))
		return -EFAULT;
	if (timer->place)
		return -EBUSY;
	/* At least 1 ns: a timer that starts itself again is not due in the same turn. */
	return flexsc_timer_add(flexsc, timer, flexsc_now_ns() + (delay_ns ? delay_ns : 1));
}

/* Not inlined: see flexsc_submit(). */
__attribute__((noinline))
int flexsc_timer_start(struct flexsc *flexsc, struct flexsc_timer *timer, int64_t delay_ns,
		       int64_t period_ns)
{
	int error;

	if (!timer || !timer->callback || period_ns < 0 || period_ns > FLEXSC_MAX_DELAY_NS)
		return -EINVAL;
	error = start(flexsc, timer, __builtin_frame_address(0), delay_ns);
	if (error)
		return error;
	timer->period_ns = period_ns;
	timer->target = NULL;
	return 0;
}

/* Not inlined: see flexsc_submit(). */
__attribute__((noinline))
int flexsc_cancel_after(struct flexsc *flexsc, struct flexsc_cb *target,
			struct flexsc_timer *timer, int64_t delay_ns)
{
	struct flexsc_slot *slot = flexsc_slot_of(flexsc, target);
	int error;

	if (!timer)
		return -EINVAL;
	if (!slot)
		return -ENOENT;
	if (slot->deadline)
		return -EBUSY;
	error = start(flexsc, timer, __builtin_frame_address(0), delay_ns);
	if (error)
		return error;
	timer->period_ns = 0;
	timer->target = target;
	slot->deadline = timer;
	return 0;
}

int flexsc_timer_stop(struct flexsc_timer *timer)
{
	if (!timer->place)
		return -ENOENT;
	if (timer->target)
		flexsc_slot_of(timer->flexsc, timer->target)->deadline = NULL;
	leave_heap(timer->flexsc, timer);
	return 0;
}

bool flexsc_timer_is_started(const struct flexsc_timer *timer)
{
	return timer->place;
}

int64_t flexsc_timer_next_ns(const struct flexsc *flexsc)
{
	int64_t left_ns;

	if (!flexsc->timer_count)
		return -1;
	left_ns = at(flexsc, 1)->due_ns - flexsc_now_ns();
	return left_ns > 0 ? left_ns : 0;
}

/* The deadline of a call has come. */
static void expire(struct flexsc *flexsc, struct flexsc_timer *timer, int64_t now_ns)
{
	struct flexsc_slot *slot = flexsc_slot_of(flexsc, timer->target);

	if (flexsc_cancel(flexsc, timer->target)) {
		/* It has just left, so there is room. */
		flexsc_timer_add(flexsc, timer, now_ns + CANCEL_RETRY_NS);
		return;
	}
	slot->deadline = NULL;
	slot->expired = true;
}

static void repeat(struct flexsc *flexsc, struct flexsc_timer *timer, int64_t now_ns)
{
	timer->expirations = 1;
	if (!timer->period_ns)
		return;
	timer->expirations += (now_ns - timer->due_ns) / timer->period_ns;
	flexsc_timer_add(flexsc, timer,
			 timer->due_ns + (int64_t)timer->expirations * timer->period_ns);
}

/* Not inlined: its frame bounds those of the callbacks, see flexsc_submit(). */
__attribute__((noinline))
int flexsc_run_timers(struct flexsc *flexsc, int64_t now_ns)
{
	int count = 0;

	flexsc->callback_frame = __builtin_frame_address(0);
	while (flexsc->timer_count && at(flexsc, 1)->due_ns <= now_ns) {
		struct flexsc_timer *timer = at(flexsc, 1);

		leave_heap(flexsc, timer);
		if (timer->target) {
			expire(flexsc, timer, now_ns);
			continue;
		}
		repeat(flexsc, timer, now_ns);
		count++;
		timer->callback(timer);
	}
	flexsc->callback_frame = NULL;
	return count;
}

void flexsc_stop_timers(struct flexsc *flexsc)
{
	while (flexsc->timer_count)
		flexsc_timer_stop(at(flexsc, flexsc->timer_count));
}
