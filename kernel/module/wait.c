// SPDX-License-Identifier: GPL-2.0-only
/*
 * The program's side: waiting for completions, and being woken.
 */
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/sched/signal.h>

#include "flexsc.h"

/* A thread in FLEXSC_IOC_WAIT. */
struct flexsc_waiter {
	struct wait_queue_entry	entry;
	struct flexsc_set	*set;
	u32			target;		/* completions to wait for */
};

/* Does something but completions end a wait? */
static bool flexsc_is_called(const struct flexsc_set *set)
{
	return READ_ONCE(set->wake_pending) || READ_ONCE(set->want_pending);
}

bool flexsc_program_has_news(const struct flexsc_set *set)
{
	return flexsc_is_called(set) || flexsc_completions(set);
}

static bool flexsc_is_satisfied(const struct flexsc_waiter *waiter)
{
	return flexsc_is_called(waiter->set) ||
	       flexsc_completions(waiter->set) >= READ_ONCE(waiter->target);
}

/* Leaves a waiter asleep for whom the batch is not complete. */
static int flexsc_waiter_wake(struct wait_queue_entry *entry, unsigned int mode, int sync,
			      void *key)
{
	struct flexsc_waiter *waiter = container_of(entry, struct flexsc_waiter, entry);

	if (!flexsc_is_satisfied(waiter) || !default_wake_function(entry, mode, sync, key))
		return 0;
	flexsc_count(waiter->set, program_wakeups);
	return 1;
}

void flexsc_wake_program(struct flexsc_set *set)
{
	/* What is told was written before; the waiter queues, then looks. */
	if (wq_has_sleeper(&set->program))
		wake_up_interruptible_poll(&set->program, EPOLLIN | EPOLLRDNORM);
}

/**
 * flexsc_announce() - tells a sleeping program of completions.
 * @set: set up.
 *
 * Called after a pass over the available work and when a thread blocks, so
 * that one wake-up serves many completions.
 */
void flexsc_announce(struct flexsc_set *set)
{
	if (READ_ONCE(set->unannounced) && xchg(&set->unannounced, 0))
		flexsc_wake_program(set);
}

/* Sleeps until woken or until @until. Return: whether the time has come. */
static bool flexsc_sleep_until(ktime_t until)
{
	if (until == KTIME_MAX) {
		schedule();
		return false;
	}
	return schedule_hrtimeout(&until, HRTIMER_MODE_ABS) == 0;
}

static long flexsc_wait_for(struct flexsc_waiter *waiter, ktime_t early, ktime_t deadline)
{
	long result = 0;

	add_wait_queue(&waiter->set->program, &waiter->entry);
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (flexsc_is_satisfied(waiter))
			break;
		if (signal_pending(current)) {
			result = -EINTR;
			break;
		}
		if (!flexsc_sleep_until(min(early, deadline)))
			continue;
		if (early >= deadline)
			break;
		early = KTIME_MAX;
		WRITE_ONCE(waiter->target, 1);
	}
	__set_current_state(TASK_RUNNING);
	remove_wait_queue(&waiter->set->program, &waiter->entry);
	return result;
}

static ktime_t flexsc_deadline(u64 nanoseconds)
{
	return ktime_add_safe(ktime_get(), ns_to_ktime(min_t(u64, nanoseconds, KTIME_MAX)));
}

/**
 * flexsc_wait() - FLEXSC_IOC_WAIT.
 * @set: set up.
 * @wait: from the program.
 *
 * A wake by FLEXSC_IOC_WAKE is used up by the next wait that returns, whatever
 * it returned for: the program has been through its loop then.
 */
long flexsc_wait(struct flexsc_set *set, const struct flexsc_wait *wait)
{
	struct flexsc_waiter waiter = {
		.set	= set,
		.target	= min(wait->min_completions, set->entry_count),
	};
	ktime_t early = KTIME_MAX, deadline = KTIME_MAX;
	long result = 0;

	flexsc_count(set, waits);
	if (flexsc_work_waits(set))
		flexsc_kick(set);
	if (!wait->min_completions)
		return flexsc_completions(set);

	init_waitqueue_func_entry(&waiter.entry, flexsc_waiter_wake);
	waiter.entry.private = current;
	if (!flexsc_is_satisfied(&waiter) && wait->timeout_ns) {
		if (wait->timeout_ns > 0)
			deadline = flexsc_deadline(wait->timeout_ns);
		if (wait->min_wait_us && waiter.target > 1)
			early = flexsc_deadline((u64)wait->min_wait_us * NSEC_PER_USEC);
		result = flexsc_wait_for(&waiter, early, deadline);
	}
	if (result)
		return result;
	WRITE_ONCE(set->wake_pending, 0);
	WRITE_ONCE(set->want_pending, 0);
	return flexsc_completions(set);
}
