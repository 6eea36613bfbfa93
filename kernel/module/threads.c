// SPDX-License-Identifier: GPL-2.0-only
/*
 * Syscall threads: threads of the program that stay in the kernel and execute
 * entries. How they enter, are interrupted, and leave.
 */
#include <linux/cpumask.h>
#include <linux/file.h>
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
