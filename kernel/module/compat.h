/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between the kernels the module is built for: 6.1 to 6.12. */
#ifndef FLEXSC_COMPAT_H
#define FLEXSC_COMPAT_H

#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/version.h>

/*
 * Asked by a thread of itself while it is being switched out: does it wait? A
 * thread that is only preempted stays on its run queue. From 6.12 on a waiting
 * thread may stay there too, marked as to be taken off later.
 */
static inline bool flexsc_current_waits(void)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
	return !task_is_runnable(current);
#else
	return !current->on_rq;
#endif
}

static inline void flexsc_vma_flags(struct vm_area_struct *vma, unsigned long set,
				    unsigned long clear)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	vm_flags_mod(vma, set, clear);
#else
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
#endif
}

#endif /* FLEXSC_COMPAT_H */
