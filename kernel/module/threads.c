// SPDX-License-Identifier: GPL-2.0-only
/*
 * Syscall threads: threads of the program that stay in the kernel and execute
 * entries. When one waits inside a call, another of its lane takes over; the
 * scheduler tells through a preempt notifier.
 *
 * A thread is active, asleep (on its lane's idle list) or blocked. Who makes
 * the last active one something else publishes that, then looks for work once
 * more; who publishes work looks for an active thread after it. A full fence
 * stands between the two steps on both sides, so one of them sees the other.
 */
#include <linux/audit.h>
#include <linux/cpumask.h>
#include <linux/file.h>
#include <linux/ktime.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/thread_info.h>

#include "compat.h"
#include "flexsc.h"

static void flexsc_activate(struct flexsc_set *set, struct flexsc_lane *lane)
{
	atomic_inc(&lane->active);
	atomic_inc(&set->active);
	WRITE_ONCE(set->control->executor_sleeps, 0);
}

/* Both decrements are full fences: what follows sees work published before. */
static void flexsc_deactivate(struct flexsc_set *set, struct flexsc_lane *lane)
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

static void flexsc_has_thread(struct flexsc_set *set)
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

static void flexsc_tell_want(struct flexsc_set *set)
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
static void flexsc_handoff(struct irq_work *work)
{
	struct flexsc_set *set = container_of(work, struct flexsc_set, handoff);
	unsigned long flags;

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

/* Called with the run queue locked: only atomics and irq_work from here. */
static void flexsc_sched_out(struct preempt_notifier *notifier, struct task_struct *next)
{
	struct flexsc_thread *thread = container_of(notifier, struct flexsc_thread, notifier);
	struct flexsc_set *set = thread->set;

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

static struct preempt_ops flexsc_preempt_operations = {
	.sched_in	= flexsc_sched_in,
	.sched_out	= flexsc_sched_out,
};

/*
 * Sleeps until work needs this thread, the set is stopped or a signal comes.
 * Returns at once when work waits and the lane has no other active thread.
 */
static void flexsc_sleep(struct flexsc_thread *thread)
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
		kept = flexsc_execute(thread, request);
	} else {
		u8 count;

		request = thread->spare;
		if (!flexsc_take_submitted(thread->set, request, &count))
			return false;
		thread->spare = NULL;
		kept = flexsc_execute_new(thread, request, count);
	}
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

/*
 * What system calls leave for the way to user mode, which is not taken here:
 * above all the last part of close(). That may wait, as a call may.
 */
static void flexsc_finish_calls(struct flexsc_thread *thread)
{
	if (test_thread_flag(TIF_NOTIFY_SIGNAL))
		clear_notify_signal();
	if (!task_work_pending(current))
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

static long flexsc_loop(struct flexsc_thread *thread, u32 spin_us)
{
	struct flexsc_set *set = thread->set;
	bool was_idle = true;

	for (;;) {
		flexsc_finish_calls(thread);
		if (READ_ONCE(set->stopped))
			return 0;
		if (signal_pending(current))
			return -ERESTARTNOHAND;
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

static void flexsc_interrupted(struct callback_head *head)
{
	struct flexsc_thread *thread = container_of(head, struct flexsc_thread, interrupt);

	spin_lock_irq(&thread->set->lock);
	thread->interrupting = false;
	spin_unlock_irq(&thread->set->lock);
}

/* Makes a call that waits return, without a signal; the set's lock is held. */
static void flexsc_interrupt_thread(struct flexsc_thread *thread)
{
	if (thread->interrupting)
		return;
	thread->interrupting = !task_work_add(thread->task, &thread->interrupt, TWA_SIGNAL);
}

/* Interrupts the thread that executes this use of an entry; the lock is held. */
void flexsc_interrupt(struct flexsc_set *set, u32 index, u64 generation)
{
	struct flexsc_thread *thread;

	list_for_each_entry(thread, &set->threads, node) {
		if (READ_ONCE(thread->in_call) && READ_ONCE(thread->running_index) == index &&
		    READ_ONCE(thread->running_generation) == generation)
			flexsc_interrupt_thread(thread);
	}
}

void flexsc_stop(struct flexsc_set *set)
{
	struct flexsc_thread *thread;

	spin_lock_irq(&set->lock);
	WRITE_ONCE(set->stopped, true);
	list_for_each_entry(thread, &set->threads, node)
		flexsc_interrupt_thread(thread);
	spin_unlock_irq(&set->lock);
	flexsc_cancel_all(set);
	flexsc_announce(set);
}

static struct flexsc_lane *flexsc_find_lane(struct flexsc_set *set, int cpu)
{
	struct flexsc_lane *lane;

	list_for_each_entry(lane, &set->lanes, node)
		if (lane->cpu == cpu)
			return lane;
	return NULL;
}

static int flexsc_enter(struct flexsc_thread *thread, int cpu)
{
	struct flexsc_lane *fresh = kzalloc(sizeof(*fresh), GFP_KERNEL_ACCOUNT);
	struct flexsc_set *set = thread->set;
	struct flexsc_lane *lane;

	if (!fresh)
		return -ENOMEM;
	fresh->cpu = cpu;
	INIT_LIST_HEAD(&fresh->idle);

	spin_lock_irq(&set->lock);
	if (set->thread_count >= FLEXSC_MAX_THREADS) {
		spin_unlock_irq(&set->lock);
		kfree(fresh);
		return -EUSERS;
	}
	lane = flexsc_find_lane(set, cpu);
	if (!lane) {
		lane = fresh;
		fresh = NULL;
		list_add_tail(&lane->node, &set->lanes);
	}
	lane->threads++;
	thread->lane = lane;
	list_add_tail(&thread->node, &set->threads);
	WRITE_ONCE(set->control->threads, ++set->thread_count);
	flexsc_activate(set, lane);
	spin_unlock_irq(&set->lock);
	kfree(fresh);
	return 0;
}

static void flexsc_leave(struct flexsc_thread *thread)
{
	struct flexsc_set *set = thread->set;
	struct flexsc_lane *lane = thread->lane;
	bool is_last, interrupting;

	spin_lock_irq(&set->lock);
	list_del(&thread->node);
	WRITE_ONCE(set->control->threads, --set->thread_count);
	is_last = --lane->threads == 0;
	if (is_last)
		list_del(&lane->node);
	flexsc_deactivate(set, lane);
	if (!READ_ONCE(set->stopped) && flexsc_work_waits(set))
		flexsc_wake_thread(set);
	interrupting = thread->interrupting;
	spin_unlock_irq(&set->lock);
	flexsc_announce(set);
	flexsc_tell_want(set);
	/* The work item lies on this stack. */
	if (interrupting) {
		clear_notify_signal();
		flexsc_run_task_work();
	}
	if (is_last)
		kfree(lane);
	if (thread->spare)
		flexsc_request_free(thread->spare);
}

/*
 * Pins to a core the thread may use already: its mask is what cpusets left of
 * what was asked, and must not be widened from here.
 */
static int flexsc_pin(int cpu, struct cpumask *old)
{
	if (cpu < 0)
		return 0;
	cpumask_copy(old, current->cpus_ptr);
	if (!cpumask_test_cpu(cpu, old) || !cpu_online(cpu))
		return -EINVAL;
	return set_cpus_allowed_ptr(current, cpumask_of(cpu));
}

static void flexsc_unpin(int cpu, const struct cpumask *old)
{
	/* Unless somebody else has changed it since. */
	if (cpu >= 0 && cpumask_equal(current->cpus_ptr, cpumask_of(cpu)))
		set_cpus_allowed_ptr(current, old);
}

static long flexsc_run_pinned(struct flexsc_set *set, const struct flexsc_run *run)
{
	struct flexsc_thread thread = {
		.set	= set,
		.task	= current,
		.idle	= LIST_HEAD_INIT(thread.idle),
	};
	long result;

	init_task_work(&thread.interrupt, flexsc_interrupted);
	result = flexsc_enter(&thread, run->cpu);
	if (result)
		return result;
	preempt_notifier_init(&thread.notifier, &flexsc_preempt_operations);
	preempt_disable();
	preempt_notifier_register(&thread.notifier);
	preempt_enable();
	result = flexsc_loop(&thread, run->spin_us);
	preempt_disable();
	preempt_notifier_unregister(&thread.notifier);
	preempt_enable();
	flexsc_leave(&thread);
	return result;
}

/**
 * flexsc_run() - FLEXSC_IOC_RUN.
 * @file: the open device.
 * @set: its page set, set up.
 * @run: from the program.
 *
 * Return: 0 when the set was stopped, -ERESTARTNOHAND (the program sees EINTR
 * if a handler ran, else the call goes on), or another negative errno.
 */
long flexsc_run(struct file *file, struct flexsc_set *set, const struct flexsc_run *run)
{
	cpumask_var_t old;
	long result;

	if (run->flags || run->reserved || run->spin_us > FLEXSC_MAX_SPIN_US || run->cpu < -1 ||
	    run->cpu >= (int)nr_cpu_ids)
		return -EINVAL;
	if (test_syscall_work(SECCOMP))
		return -EPERM;
	if (READ_ONCE(set->stopped))
		return 0;
	if (!alloc_cpumask_var(&old, GFP_KERNEL_ACCOUNT))
		return -ENOMEM;
	result = flexsc_pin(run->cpu, old);
	if (!result) {
		/*
		 * A reference of our own: ioctl() only borrows the descriptor
		 * table's in a single-threaded program, and an entry may close
		 * that descriptor.
		 */
		get_file(file);
		result = flexsc_run_pinned(set, run);
		flexsc_unpin(run->cpu, old);
		fput(file);
	}
	free_cpumask_var(old);
	return result;
}

void flexsc_threads_init(struct flexsc_set *set)
{
	INIT_LIST_HEAD(&set->threads);
	INIT_LIST_HEAD(&set->lanes);
	init_irq_work(&set->handoff, flexsc_handoff);
}

void flexsc_threads_destroy(struct flexsc_set *set)
{
	irq_work_sync(&set->handoff);
}
