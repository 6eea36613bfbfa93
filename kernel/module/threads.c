// SPDX-License-Identifier: GPL-2.0-only
/*
 * Syscall threads: threads of the program that stay in the kernel and execute
 * entries. How they enter, are interrupted, and leave.
 */
#include <linux/cpumask.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/rcupdate.h>
#include <linux/sched/task.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/thread_info.h>

#include "flexsc.h"

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
	flexsc_cancel_all(set, true);
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

/* Takes a thread off the set's lists; its lock is held. Return: a lane to be freed, or NULL. */
static struct flexsc_lane *flexsc_unlist(struct flexsc_thread *thread)
{
	struct flexsc_set *set = thread->set;
	struct flexsc_lane *lane = thread->lane;

	list_del(&thread->node);
	WRITE_ONCE(set->control->threads, --set->thread_count);
	if (--lane->threads)
		return NULL;
	list_del(&lane->node);
	return lane;
}

static void flexsc_leave(struct flexsc_thread *thread)
{
	struct flexsc_set *set = thread->set;
	struct flexsc_lane *empty;
	bool interrupting;

	spin_lock_irq(&set->lock);
	/* Before the lane may go. */
	flexsc_deactivate(set, thread->lane);
	empty = flexsc_unlist(thread);
	if (!READ_ONCE(set->stopped) && flexsc_work_waits(set))
		flexsc_wake_thread(set);
	interrupting = thread->interrupting;
	spin_unlock_irq(&set->lock);
	flexsc_announce(set);
	flexsc_tell_want(set);
	/* The work item lies in this thread's record. */
	if (interrupting)
		flexsc_run_task_work();
	kfree(empty);
}

static struct flexsc_thread *flexsc_thread_create(struct file *file, struct flexsc_set *set)
{
	struct flexsc_thread *thread = kzalloc(sizeof(*thread), GFP_KERNEL_ACCOUNT);

	if (!thread)
		return NULL;
	if (!alloc_cpumask_var(&thread->old_cores, GFP_KERNEL_ACCOUNT)) {
		kfree(thread);
		return NULL;
	}
	thread->set = set;
	thread->task = get_task_struct(current);
	/*
	 * A reference of our own: ioctl() only borrows the descriptor table's
	 * in a single-threaded program, and an entry may close that descriptor.
	 */
	thread->file = get_file(file);
	flexsc_note_ties(&thread->ties);
	INIT_LIST_HEAD(&thread->idle);
	init_task_work(&thread->interrupt, flexsc_interrupted);
	preempt_notifier_init(&thread->notifier, &flexsc_preempt_operations);
	return thread;
}

/* Gives back the file last of all: the set may go with it. */
static void flexsc_thread_free(struct flexsc_thread *thread)
{
	struct file *file = thread->file;

	if (thread->spare)
		flexsc_request_free(thread->spare);
	flexsc_drop_ties(&thread->ties);
	put_task_struct(thread->task);
	free_cpumask_var(thread->old_cores);
	kfree(thread);
	fput(file);
}

static struct flexsc_thread *flexsc_take_dead(struct flexsc_set *set, struct flexsc_lane **empty)
{
	struct flexsc_thread *thread, *dead = NULL;

	spin_lock_irq(&set->lock);
	list_for_each_entry(thread, &set->threads, node) {
		/* Pairs with flexsc_died(). */
		if (smp_load_acquire(&thread->is_dead)) {
			dead = thread;
			*empty = flexsc_unlist(thread);
			break;
		}
	}
	spin_unlock_irq(&set->lock);
	return dead;
}

static void flexsc_bury_thread(struct flexsc_thread *thread, struct flexsc_lane *empty)
{
	struct flexsc_set *set = thread->set;

	if (thread->running)
		flexsc_end(thread->running, false);
	flexsc_announce(set);
	flexsc_kick(set);
	/* The scheduler may still be on its way out of flexsc_sched_out(). */
	synchronize_rcu();
	kfree(empty);
	flexsc_thread_free(thread);
}

/**
 * flexsc_bury() - does for threads that died inside a call what they cannot do.
 * @work: flexsc_set.burial.
 *
 * The entry completes with -ECANCELED, and what the thread held is given back.
 * Its notifier stays on the list of a task that will not run again.
 */
void flexsc_bury(struct work_struct *work)
{
	struct flexsc_set *set = container_of(work, struct flexsc_set, burial);
	struct flexsc_thread *thread, *first;
	struct flexsc_lane *empty = NULL, *first_empty = NULL;

	/* Its file keeps the set until all others have been seen to. */
	first = flexsc_take_dead(set, &first_empty);
	if (!first)
		return;
	while ((thread = flexsc_take_dead(set, &empty))) {
		flexsc_bury_thread(thread, empty);
		empty = NULL;
	}
	flexsc_bury_thread(first, first_empty);
}

static long flexsc_run_thread(struct flexsc_thread *thread, const struct flexsc_run *run)
{
	long result = flexsc_enter(thread, run->cpu);

	if (result)
		return result;
	preempt_disable();
	preempt_notifier_register(&thread->notifier);
	preempt_enable();
	result = flexsc_loop(thread, run->spin_us);
	preempt_disable();
	preempt_notifier_unregister(&thread->notifier);
	preempt_enable();
	flexsc_leave(thread);
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
	struct flexsc_thread *thread;
	long result;

	if (run->flags || run->reserved || run->spin_us > FLEXSC_MAX_SPIN_US || run->cpu < -1 ||
	    run->cpu >= (int)nr_cpu_ids)
		return -EINVAL;
	if (test_syscall_work(SECCOMP))
		return -EPERM;
	if (READ_ONCE(set->stopped))
		return 0;
	thread = flexsc_thread_create(file, set);
	if (!thread)
		return -ENOMEM;
	result = flexsc_pin(run->cpu, thread->old_cores);
	if (!result) {
		result = flexsc_run_thread(thread, run);
		flexsc_unpin(run->cpu, thread->old_cores);
	}
	flexsc_thread_free(thread);
	return result;
}

void flexsc_threads_init(struct flexsc_set *set)
{
	INIT_LIST_HEAD(&set->threads);
	INIT_LIST_HEAD(&set->lanes);
	init_irq_work(&set->handoff, flexsc_handoff);
	INIT_WORK(&set->burial, flexsc_bury);
}

void flexsc_threads_destroy(struct flexsc_set *set)
{
	irq_work_sync(&set->handoff);
	cancel_work_sync(&set->burial);
}
