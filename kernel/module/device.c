// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/flexsc: the device, and what a program may ask of it. The requests are
 * described in flexsc_device.h.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "flexsc.h"

#ifndef CONFIG_X86_64
#error "flexsc knows the system call entry of x86-64 only"
#endif
#ifndef CONFIG_PREEMPT_NOTIFIERS
#error "flexsc needs CONFIG_PREEMPT_NOTIFIERS, which any kernel with KVM has"
#endif

static struct kmem_cache *flexsc_request_cache;

/* Of the module's own, as its end waits for the work that gives back a file. */
struct workqueue_struct *flexsc_workqueue;

struct flexsc_request *flexsc_request_alloc(void)
{
	return kmem_cache_alloc(flexsc_request_cache, GFP_KERNEL_ACCOUNT);
}

void flexsc_request_free(struct flexsc_request *request)
{
	kmem_cache_free(flexsc_request_cache, request);
}

static void flexsc_set_init(struct flexsc_set *set)
{
	mutex_init(&set->setup_lock);
	spin_lock_init(&set->take_lock);
	spin_lock_init(&set->completion_lock);
	spin_lock_init(&set->buffer_lock);
	spin_lock_init(&set->files_lock);
	spin_lock_init(&set->lock);
	INIT_LIST_HEAD(&set->ready);
	INIT_LIST_HEAD(&set->armed);
	init_waitqueue_head(&set->program);
	flexsc_threads_init(set);
	set->mm = current->mm;
	mmgrab(set->mm);
	set->opener_files = current->files;
}

static int flexsc_open(struct inode *inode, struct file *file)
{
	struct flexsc_charge charge = { };
	struct flexsc_process *process;
	struct flexsc_set *set;
	int error;

	if (!current->mm)
		return -EINVAL;
	error = flexsc_charge(&charge, sizeof(*set));
	if (error)
		return error;
	process = flexsc_process_get();
	if (!process) {
		flexsc_uncharge(&charge);
		return -ENOMEM;
	}
	set = kvzalloc(sizeof(*set), GFP_KERNEL_ACCOUNT);
	if (!set) {
		flexsc_process_put(process);
		flexsc_uncharge(&charge);
		return -ENOMEM;
	}
	set->own_charge = charge;
	set->process = process;
	flexsc_set_init(set);
	file->private_data = set;
	return nonseekable_open(inode, file);
}

/* No thread is in and nothing is mapped: both hold the file. */
static int flexsc_release(struct inode *inode, struct file *file)
{
	struct flexsc_set *set = file->private_data;

	if (set->is_set_up) {
		/* What a signal left to a thread that never came back. */
		flexsc_cancel_all(set, false);
		flexsc_threads_destroy(set);
		flexsc_pages_destroy(set);
	}
	mmdrop(set->mm);
	flexsc_process_put(set->process);
	flexsc_uncharge(&set->own_charge);
	kvfree(set);
	return 0;
}

static bool flexsc_is_set_up(struct flexsc_set *set)
{
	/* Pairs with the release in flexsc_ioctl_setup(). */
	return smp_load_acquire(&set->is_set_up);
}

static int flexsc_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct flexsc_set *set = file->private_data;

	if (!flexsc_is_owner(set))
		return -EPERM;
	if (!flexsc_is_set_up(set))
		return -ENXIO;
	return flexsc_pages_map(set, vma);
}

static __poll_t flexsc_device_poll(struct file *file, poll_table *table)
{
	struct flexsc_set *set = file->private_data;

	if (!flexsc_is_set_up(set))
		return EPOLLERR;
	poll_wait(file, &set->program, table);
	/* Queued before the look; pairs with wq_has_sleeper(). */
	smp_mb();
	return flexsc_program_has_news(set) ? EPOLLIN | EPOLLRDNORM : 0;
}

static long flexsc_ioctl_setup(struct flexsc_set *set, void __user *argument)
{
	struct flexsc_setup setup;
	long result = -EBUSY;

	if (copy_from_user(&setup, argument, sizeof(setup)))
		return -EFAULT;
	mutex_lock(&set->setup_lock);
	if (!set->is_set_up)
		result = flexsc_pages_create(set, &setup);
	if (!result) {
		if (copy_to_user(argument, &setup, sizeof(setup))) {
			flexsc_pages_destroy(set);
			result = -EFAULT;
		} else {
			/* Everything before is seen by who finds it set. */
			smp_store_release(&set->is_set_up, true);
		}
	}
	mutex_unlock(&set->setup_lock);
	return result;
}

static long flexsc_ioctl_run(struct file *file, struct flexsc_set *set, void __user *argument)
{
	struct flexsc_run run;

	/* A loop within a loop, on the same stack. */
	if (flexsc_is_syscall_thread())
		return -EDEADLK;
	if (copy_from_user(&run, argument, sizeof(run)))
		return -EFAULT;
	return flexsc_run(file, set, &run);
}

static long flexsc_ioctl_wait(struct flexsc_set *set, void __user *argument)
{
	struct flexsc_wait wait;

	/* It would wait for what this very thread is to do. */
	if (flexsc_is_syscall_thread())
		return -EDEADLK;
	if (copy_from_user(&wait, argument, sizeof(wait)))
		return -EFAULT;
	return flexsc_wait(set, &wait);
}

static long flexsc_ioctl_wake(struct flexsc_set *set)
{
	flexsc_count(set, wakes);
	WRITE_ONCE(set->wake_pending, 1);
	flexsc_wake_program(set);
	return 0;
}

static long flexsc_ioctl_stats(struct flexsc_set *set, void __user *argument)
{
	struct flexsc_counters *counters = &set->counters;
	struct flexsc_stats stats = {
		.executed	 = atomic64_read(&counters->executed),
		.completed	 = atomic64_read(&counters->completed),
		.refused	 = atomic64_read(&counters->refused),
		.malformed	 = atomic64_read(&counters->malformed),
		.polled		 = atomic64_read(&counters->polled),
		.handoffs	 = atomic64_read(&counters->handoffs),
		.passes		 = atomic64_read(&counters->passes),
		.program_wakeups = atomic64_read(&counters->program_wakeups),
		.thread_wakeups	 = atomic64_read(&counters->thread_wakeups),
		.kicks		 = atomic64_read(&counters->kicks),
		.waits		 = atomic64_read(&counters->waits),
		.wakes		 = atomic64_read(&counters->wakes),
	};

	return copy_to_user(argument, &stats, sizeof(stats)) ? -EFAULT : 0;
}

static long flexsc_ioctl(struct file *file, unsigned int command, unsigned long value)
{
	struct flexsc_set *set = file->private_data;
	void __user *argument = (void __user *)value;

	if (!flexsc_is_owner(set))
		return -EPERM;
	if (command == FLEXSC_IOC_SETUP)
		return flexsc_ioctl_setup(set, argument);
	if (_IOC_TYPE(command) != FLEXSC_IOC_MAGIC)
		return -ENOTTY;
	if (!flexsc_is_set_up(set))
		return -ENXIO;
	switch (command) {
	case FLEXSC_IOC_RUN:
		return flexsc_ioctl_run(file, set, argument);
	case FLEXSC_IOC_KICK:
		flexsc_kick(set);
		return 0;
	case FLEXSC_IOC_WAIT:
		return flexsc_ioctl_wait(set, argument);
	case FLEXSC_IOC_WAKE:
		return flexsc_ioctl_wake(set);
	case FLEXSC_IOC_STOP:
		flexsc_stop(set);
		return 0;
	case FLEXSC_IOC_STATS:
		return flexsc_ioctl_stats(set, argument);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations flexsc_file_operations = {
	.owner		= THIS_MODULE,
	.open		= flexsc_open,
	.release	= flexsc_release,
	.mmap		= flexsc_mmap,
	.poll		= flexsc_device_poll,
	.unlocked_ioctl	= flexsc_ioctl,
	.llseek		= noop_llseek,
};

bool flexsc_is_device_file(const struct file *file)
{
	return file->f_op == &flexsc_file_operations;
}

static struct miscdevice flexsc_device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "flexsc",
	.fops	= &flexsc_file_operations,
	/* See 99-flexsc.rules: never for everybody. */
	.mode	= 0600,
};

/*
 * A cache with a constructor is not merged with others of its size. So what
 * /sys/kernel/slab/flexsc_request counts is this module's alone, and removing
 * the module tells of a request that was lost.
 */
static void flexsc_request_init(void *memory)
{
	struct flexsc_request *request = memory;

	INIT_LIST_HEAD(&request->node);
}

static int __init flexsc_init(void)
{
	int error;

	flexsc_refused_init();
	error = flexsc_dispatch_init();
	if (error)
		return error;
	flexsc_request_cache = kmem_cache_create("flexsc_request", sizeof(struct flexsc_request),
						 __alignof__(struct flexsc_request), SLAB_ACCOUNT,
						 flexsc_request_init);
	if (!flexsc_request_cache)
		return -ENOMEM;
	flexsc_workqueue = alloc_workqueue("flexsc", 0, 0);
	if (!flexsc_workqueue) {
		kmem_cache_destroy(flexsc_request_cache);
		return -ENOMEM;
	}
	/*
	 * Never given back, so that it is done once. It rewrites the scheduler
	 * while all cores run through it, and so does the way back; emulators
	 * of several cores get that wrong now and then, in boot code as well
	 * ("Oops: int3" at the place rewritten, QEMU 7.2). What stays is a look
	 * at an empty list at each switch of threads.
	 */
	preempt_notifier_inc();
	error = misc_register(&flexsc_device);
	if (error) {
		destroy_workqueue(flexsc_workqueue);
		kmem_cache_destroy(flexsc_request_cache);
	}
	return error;
}

static void __exit flexsc_exit(void)
{
	misc_deregister(&flexsc_device);
	destroy_workqueue(flexsc_workqueue);
	kmem_cache_destroy(flexsc_request_cache);
}

module_init(flexsc_init);
module_exit(flexsc_exit);
MODULE_DESCRIPTION("Exception-less system calls");
MODULE_LICENSE("GPL v2");
MODULE_VERSION("0.2");
