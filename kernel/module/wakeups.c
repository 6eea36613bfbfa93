// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which syscall threads are awake, and who wakes the next one. When one waits
 * inside a call, another of its lane takes over; the scheduler tells through a
 * preempt notifier.
 *
 * A thread is active, asleep (on its lane's idle list) or blocked. Who makes
 * the last active one something else publishes that, then looks for work once
 * more; who publishes work looks for an active thread after it. A full fence
 * stands between the two steps on both sides, so one of them sees the other.
 */
#include <linux/sched/signal.h>

#include "compat.h"
#include "flexsc.h"

void flexsc_activate(struct flexsc_set *set, struct flexsc_lane *lane)
{
	atomic_inc(&lane->active);
	atomic_inc(&set->active);
	WRITE_ONCE(set->control->executor_sleeps, 0);
}

/* Both decrements are full fences: what follows sees work published before. */
void flexsc_deactivate(struct flexsc_set *set, struct flexsc_lane *lane)
{
	atomic_dec_return(&lane->active);
	if (atomic_dec_return(&set->active) == 0) {
		WRITE_ONCE(set->control->executor_sleeps, 1);
		/* Flag before the look for work; the program has it the other way. */
		smp_mb();
	}
}

/* Announced once until a thread is free again: each telling may start a thread. */
static void flexsc_want_thread(struct flexsc_set *set)
{
	if (!set->thread_count || set->is_wanting)
		return;
	WRITE_ONCE(set->is_wanting, true);
	WRITE_ONCE(set->control->wants_thread, 1);
	WRITE_ONCE(set->want_pending, 1);
}

void flexsc_has_thread(struct flexsc_set *set)
{
	if (!READ_ONCE(set->is_wanting))
		return;
	spin_lock_irq(&set->lock);
	WRITE_ONCE(set->is_wanting, false);
	WRITE_ONCE(set->want_pending, 0);
	WRITE_ONCE(set->control->wants_thread, 0);
	spin_unlock_irq(&set->lock);
}

/**
 * flexsc_wake_thread() - finds a thread for work that waits.
 * @set: its lock is held.
 *
 * Wakes one sleeping thread of a lane that has no active one. When every
 * thread is blocked, asks the program for another; the caller passes that on
 * by flexsc_tell_want() once it holds no lock.
 *
 * Return: whether a thread was woken.
 */
bool flexsc_wake_thread(struct flexsc_set *set)
{
	struct flexsc_thread *thread;
	struct flexsc_lane *lane;

	/* The work was published before; see the head of this file. */
	smp_mb();
	list_for_each_entry(lane, &set->lanes, node) {
		if (atomic_read(&lane->active) || list_empty(&lane->idle))
			continue;
		thread = list_first_entry(&lane->idle, struct flexsc_thread, idle);
		list_del_init(&thread->idle);
		flexsc_activate(set, lane);
		flexsc_count(set, thread_wakeups);
		wake_up_process(thread->task);
		return true;
	}
	if (!atomic_read(&set->active))
		flexsc_want_thread(set);
	return false;
}

void flexsc_tell_want(struct flexsc_set *set)
{
	if (READ_ONCE(set->want_pending))
		flexsc_wake_program(set);
}

/* Wakes a thread if work waits and none is active. */
void flexsc_kick(struct flexsc_set *set)
{
	unsigned long flags;

	flexsc_count(set, kicks);
	/* Pairs with flexsc_deactivate(). */
	smp_mb();
	if (atomic_read(&set->active) || !flexsc_work_waits(set))
		return;
	spin_lock_irqsave(&set->lock, flags);
	if (!atomic_read(&set->active))
		flexsc_wake_thread(set);
	spin_unlock_irqrestore(&set->lock, flags);
	flexsc_tell_want(set);
}

/* Runs in an interrupt: a thread that is being switched out must not wake others. */
void flexsc_handoff(struct irq_work *work)
{
	struct flexsc_set *set = container_of(work, struct flexsc_set, handoff);
	unsigned long flags;

	if (READ_ONCE(set->has_dead) && xchg(&set->has_dead, 0))
		queue_work(flexsc_workqueue, &set->burial);
	flexsc_announce(set);
	spin_lock_irqsave(&set->lock, flags);
	if (flexsc_work_waits(set) && flexsc_wake_thread(set))
		flexsc_count(set, handoffs);
	spin_unlock_irqrestore(&set->lock, flags);
	flexsc_tell_want(set);
}

static void flexsc_hint_blocked(struct flexsc_set *set)
{
	WRITE_ONCE(set->control->blocked_threads, atomic_read(&set->blocked));
}

/*
 * The thread has ended inside a call (an oops there, or a call that should have
 * been refused) and is switched out for the last time. What is to be done
 * cannot be done from here; flexsc_bury() does it.
 */
static void flexsc_died(struct flexsc_thread *thread)
{
	struct flexsc_set *set = thread->set;

	flexsc_deactivate(set, thread->lane);
	/* Nothing touches the thread afterwards but flexsc_bury(). */
	smp_store_release(&thread->is_dead, true);
	WRITE_ONCE(set->has_dead, 1);
	irq_work_queue(&set->handoff);
}

/* Called with the run queue locked: only atomics and irq_work from here. */
static void flexsc_sched_out(struct preempt_notifier *notifier, struct task_struct *next)
{
	struct flexsc_thread *thread = container_of(notifier, struct flexsc_thread, notifier);
	struct flexsc_set *set = thread->set;

	if (unlikely(READ_ONCE(current->__state) == TASK_DEAD)) {
		flexsc_died(thread);
		return;
	}
	if (!thread->in_call || thread->blocked || !flexsc_current_waits())
		return;
	thread->blocked = true;
	atomic_inc(&set->blocked);
	flexsc_hint_blocked(set);
	flexsc_deactivate(set, thread->lane);
	if (READ_ONCE(set->unannounced) || flexsc_work_waits(set))
		irq_work_queue(&set->handoff);
}

static void flexsc_sched_in(struct preempt_notifier *notifier, int cpu)
{
	struct flexsc_thread *thread = container_of(notifier, struct flexsc_thread, notifier);
	struct flexsc_set *set = thread->set;

	if (!thread->blocked)
		return;
	thread->blocked = false;
	flexsc_activate(set, thread->lane);
	atomic_dec(&set->blocked);
	flexsc_hint_blocked(set);
}

struct preempt_ops flexsc_preempt_operations = {
	.sched_in	= flexsc_sched_in,
	.sched_out	= flexsc_sched_out,
};

/*
 * Is the current thread inside FLEXSC_IOC_RUN, of whatever set? Only a thread
 * itself hangs notifiers on itself, so it may look without a lock.
 */
bool flexsc_is_syscall_thread(void)
{
	struct preempt_notifier *notifier;

	hlist_for_each_entry(notifier, &current->preempt_notifiers, link)
		if (notifier->ops == &flexsc_preempt_operations)
			return true;
	return false;
}

/*
 * Sleeps until work needs this thread, the set is stopped or a signal comes.
 * Returns at once when work waits and the lane has no other active thread.
 */
void flexsc_sleep(struct flexsc_thread *thread)
{
	struct flexsc_set *set = thread->set;
	struct flexsc_lane *lane = thread->lane;

	spin_lock_irq(&set->lock);
	flexsc_deactivate(set, lane);
	if (flexsc_work_waits(set) && !atomic_read(&lane->active)) {
		flexsc_activate(set, lane);
		spin_unlock_irq(&set->lock);
		return;
	}
	list_add(&thread->idle, &lane->idle);
	spin_unlock_irq(&set->lock);

	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (list_empty_careful(&thread->idle) || READ_ONCE(set->stopped) ||
		    signal_pending(current))
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);

	spin_lock_irq(&set->lock);
	if (!list_empty(&thread->idle)) {
		list_del_init(&thread->idle);
		flexsc_activate(set, lane);
	}
	spin_unlock_irq(&set->lock);
}
