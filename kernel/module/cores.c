// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pinning a syscall thread to a core, and letting it go again. A thread's mask
 * is what cpusets left of what was asked for, and it must not be widened from
 * here: not when the cpuset has been narrowed since, either.
 */
#include <linux/cpumask.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "flexsc.h"

/* Sets a mask; a cpuset that is narrowed at this moment wins. */
static int flexsc_set_mask(const struct cpumask *wanted)
{
	cpumask_var_t mask, cpuset;
	int result = -ENOMEM;

	if (!zalloc_cpumask_var(&mask, GFP_KERNEL_ACCOUNT))
		return result;
	if (!zalloc_cpumask_var(&cpuset, GFP_KERNEL_ACCOUNT))
		goto out;
	flexsc_cores_of_cpuset(cpuset);
	do {
		if (!cpumask_and(mask, wanted, cpuset))
			cpumask_copy(mask, cpuset);
		result = set_cpus_allowed_ptr(current, mask);
		/* Asked again: who narrows it sets the masks after that. */
		flexsc_cores_of_cpuset(cpuset);
	} while (!result && !cpumask_subset(mask, cpuset));
	free_cpumask_var(cpuset);
out:
	free_cpumask_var(mask);
	return result;
}

/**
 * flexsc_pin() - pins the current thread to a core that it may use already.
 * @cpu: the core, or -1 for none.
 * @old: receives the mask that flexsc_unpin() gives back.
 *
 * Return: 0, -EINVAL when it may not, -ENOMEM.
 */
int flexsc_pin(int cpu, struct cpumask *old)
{
	int result;

	if (cpu < 0)
		return 0;
	cpumask_copy(old, current->cpus_ptr);
	if (!cpumask_test_cpu(cpu, old) || !cpu_online(cpu))
		return -EINVAL;
	result = flexsc_set_mask(cpumask_of(cpu));
	if (!result && !cpumask_equal(current->cpus_ptr, cpumask_of(cpu)))
		result = -EINVAL;
	return result;
}

void flexsc_unpin(int cpu, const struct cpumask *old)
{
	/* Unless somebody else has changed it since. */
	if (cpu >= 0 && cpumask_equal(current->cpus_ptr, cpumask_of(cpu)))
		flexsc_set_mask(old);
}
