// SPDX-License-Identifier: GPL-2.0-only
/*
 * Making a system call from inside the kernel, without code for each of them.
 *
 * Modules may not name the dispatcher of the entry code. A kprobe may, so one
 * is registered and removed to learn the address, and a static call turns that
 * into a direct call: no indirect branch to be mistrained or to need a landing
 * pad.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpumask.h>
#include <linux/cpuset.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/ptrace.h>
#include <linux/sched/signal.h>
#include <linux/static_call.h>
#include <linux/task_work.h>
#include <linux/unistd.h>
#include <asm/syscall.h>

#include "flexsc.h"

static bool use_table;
module_param(use_table, bool, 0444);
MODULE_PARM_DESC(use_table, "Call through sys_call_table even where x64_sys_call exists");

typedef unsigned long flexsc_lookup_t(const char *name);

static const sys_call_ptr_t *flexsc_table;

static long flexsc_call_table(const struct pt_regs *registers, unsigned int number)
{
	return flexsc_table[number](registers);
}

static long flexsc_call_nothing(const struct pt_regs *registers, unsigned int number)
{
	return -ENOSYS;
}

static void flexsc_no_task_work(void)
{
}

static void flexsc_no_cpuset(struct task_struct *task, struct cpumask *mask)
{
	cpumask_copy(mask, cpu_possible_mask);
}

static unsigned long flexsc_no_lookup(const char *name)
{
	return 0;
}

DEFINE_STATIC_CALL(flexsc_dispatch, flexsc_call_nothing);
DEFINE_STATIC_CALL(flexsc_task_work, flexsc_no_task_work);
DEFINE_STATIC_CALL(flexsc_lookup, flexsc_no_lookup);
DEFINE_STATIC_CALL(flexsc_cpuset, flexsc_no_cpuset);

static void *flexsc_address_of(const char *function)
{
	/* Disabled: every system call runs through the code that is probed. */
	struct kprobe probe = { .symbol_name = function, .flags = KPROBE_FLAG_DISABLED };
	void *address;

	if (register_kprobe(&probe))
		return NULL;
	address = probe.addr;
	unregister_kprobe(&probe);
	return address;
}

/* Kernels before the switch statement, and kernels told so by use_table. */
static int flexsc_find_table(void)
{
	flexsc_lookup_t *lookup = flexsc_address_of("kallsyms_lookup_name");

	if (!lookup)
		return -ENOENT;
	static_call_update(flexsc_lookup, lookup);
	flexsc_table = (const sys_call_ptr_t *)static_call(flexsc_lookup)("sys_call_table");
	if (!flexsc_table)
		return -ENOENT;
	static_call_update(flexsc_dispatch, flexsc_call_table);
	return 0;
}

static int flexsc_find_cpuset(void)
{
	typeof(flexsc_no_cpuset) *cores;

	if (!IS_ENABLED(CONFIG_CPUSETS))
		return 0;
	cores = flexsc_address_of("cpuset_cpus_allowed");
	if (!cores)
		return -ENOENT;
	static_call_update(flexsc_cpuset, cores);
	return 0;
}

int flexsc_dispatch_init(void)
{
	typeof(flexsc_call_nothing) *dispatcher = NULL;
	typeof(flexsc_no_task_work) *task_work = flexsc_address_of("task_work_run");

	if (!task_work) {
		pr_err("task_work_run not found: a close() through a page would never end\n");
		return -ENOENT;
	}
	static_call_update(flexsc_task_work, task_work);
	if (flexsc_find_cpuset()) {
		pr_err("cpuset_cpus_allowed not found: pinned threads would leave their cpuset\n");
		return -ENOENT;
	}
	if (!use_table)
		dispatcher = flexsc_address_of("x64_sys_call");
	if (dispatcher) {
		static_call_update(flexsc_dispatch, dispatcher);
	} else if (flexsc_find_table()) {
		pr_err("neither x64_sys_call nor sys_call_table found\n");
		return -ENOENT;
	}
	return 0;
}

/**
 * flexsc_call() - makes a system call as the current thread.
 * @number: known and not refused.
 * @arguments: six of them.
 */
long flexsc_call(u16 number, const u64 *arguments)
{
	struct pt_regs registers = {
		.di	= arguments[0],
		.si	= arguments[1],
		.dx	= arguments[2],
		.r10	= arguments[3],
		.r8	= arguments[4],
		.r9	= arguments[5],
		.orig_ax = number,
		.ax	= -ENOSYS,
	};

	return static_call(flexsc_dispatch)(&registers, array_index_nospec(number, NR_syscalls));
}

/* Runs what is due on the way to user mode, such as the end of a close(). */
void flexsc_run_task_work(void)
{
	/* It told of such work, which may wait for something itself. */
	if (test_thread_flag(TIF_NOTIFY_SIGNAL))
		clear_notify_signal();
	if (task_work_pending(current))
		static_call(flexsc_task_work)();
}

/* The cores that the current thread's cpuset leaves to it. */
void flexsc_cores_of_cpuset(struct cpumask *mask)
{
	static_call(flexsc_cpuset)(current, mask);
}
