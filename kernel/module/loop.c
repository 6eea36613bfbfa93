// SPDX-License-Identifier: GPL-2.0-only
/* What a syscall thread does inside FLEXSC_IOC_RUN: take entries, execute them, sleep. */
#include <linux/audit.h>
#include <linux/ktime.h>
#include <linux/sched/signal.h>
#include <linux/thread_info.h>

#include "flexsc.h"

static void flexsc_spin(struct flexsc_set *set, u32 spin_us)
{
	u64 end = ktime_get_ns() + (u64)spin_us * NSEC_PER_USEC;

	do {
		if (flexsc_work_waits(set) || READ_ONCE(set->stopped) || signal_pending(current))
			return;
		cpu_relax();
		cond_resched();
	} while (ktime_get_ns() < end);
}

/* A long queue is worth waking a thread on another core. */
static void flexsc_spread(struct flexsc_set *set)
{
	if (flexsc_backlog(set) < FLEXSC_SPREAD_BACKLOG || list_is_singular(&set->lanes))
		return;
	spin_lock_irq(&set->lock);
	flexsc_wake_thread(set);
	spin_unlock_irq(&set->lock);
}

/* Takes the next entry and executes it. Return: whether there was one. */
static bool flexsc_execute_next(struct flexsc_thread *thread)
{
	struct flexsc_request *request = flexsc_take_ready(thread->set);
	bool kept;

	if (request) {
		thread->running = request;
		kept = flexsc_execute(thread, request);
	} else {
		u8 count;

		request = thread->spare;
		if (!flexsc_take_submitted(thread->set, request, &count))
			return false;
		thread->spare = NULL;
		thread->running = request;
		kept = flexsc_execute_new(thread, request, count);
	}
	thread->running = NULL;
	thread->calls++;
	if (!kept)
		return true;
	thread->unannounced++;
	if (thread->spare)
		flexsc_request_free(request);
	else
		thread->spare = request;
	return true;
}

static void flexsc_flush(struct flexsc_thread *thread)
{
	thread->unannounced = 0;
	flexsc_announce(thread->set);
}

/* What others leave for the way to user mode, which is not taken here. It may wait. */
static void flexsc_finish_calls(struct flexsc_thread *thread)
{
	if (!task_work_pending(current) && !test_thread_flag(TIF_NOTIFY_SIGNAL))
		return;
	WRITE_ONCE(thread->in_call, true);
	flexsc_run_task_work();
	WRITE_ONCE(thread->in_call, false);
}

/*
 * With audit rules loaded, every path a call looks up is kept until the system
 * call ends, which is FLEXSC_IOC_RUN here.
 */
static bool flexsc_audit_is_full(const struct flexsc_thread *thread)
{
	return thread->calls >= FLEXSC_AUDIT_BATCH && !audit_dummy_context();
}

long flexsc_loop(struct flexsc_thread *thread, u32 spin_us)
{
	struct flexsc_set *set = thread->set;
	bool was_idle = true;

	for (;;) {
		flexsc_finish_calls(thread);
		if (READ_ONCE(set->stopped))
			return 0;
		if (signal_pending(current))
			return -ERESTARTNOHAND;
		if (!flexsc_is_tied(&thread->ties))
			return -EPERM;
		if (flexsc_audit_is_full(thread))
			return -EINTR;
		if (!thread->spare)
			thread->spare = flexsc_request_alloc();
		if (!thread->spare)
			return -ENOMEM;
		cond_resched();

		if (atomic_read(&thread->lane->active) > 1) {
			/* Another took over while this one was blocked. */
			flexsc_flush(thread);
			flexsc_sleep(thread);
			was_idle = true;
			continue;
		}
		if (READ_ONCE(set->control->executor_sleeps))
			WRITE_ONCE(set->control->executor_sleeps, 0);
		flexsc_has_thread(set);
		if (flexsc_execute_next(thread)) {
			if (was_idle)
				flexsc_count(set, passes);
			was_idle = false;
			if (thread->unannounced >= FLEXSC_ANNOUNCE_BATCH)
				flexsc_flush(thread);
			flexsc_spread(set);
			continue;
		}
		if (flexsc_work_waits(set))
			continue;
		flexsc_flush(thread);
		was_idle = true;
		if (spin_us)
			flexsc_spin(set, spin_us);
		if (!flexsc_work_waits(set))
			flexsc_sleep(thread);
	}
}
