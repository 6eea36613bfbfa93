// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose calls they are. A page set belongs to the process that opened it, and
 * its calls are made with that process's rights: a request of another process
 * is refused, and so is every entry while one with other rights can write it,
 * or once the thread that would make the call has come apart from its process.
 */
#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>

#include "flexsc.h"

static LIST_HEAD(flexsc_processes);
static DEFINE_MUTEX(flexsc_processes_lock);

static struct flexsc_process *flexsc_process_find(const struct pid *pid)
{
	struct flexsc_process *process;

	list_for_each_entry(process, &flexsc_processes, node)
		if (process->pid == pid)
			return process;
	return NULL;
}

/* The caller's process, for one more page set; NULL without memory. */
struct flexsc_process *flexsc_process_get(void)
{
	struct flexsc_process *process;

	mutex_lock(&flexsc_processes_lock);
	process = flexsc_process_find(task_tgid(current));
	if (!process) {
		process = kzalloc(sizeof(*process), GFP_KERNEL_ACCOUNT);
		if (process) {
			process->pid = get_pid(task_tgid(current));
			list_add(&process->node, &flexsc_processes);
		}
	}
	if (process)
		process->sets++;
	mutex_unlock(&flexsc_processes_lock);
	return process;
}

void flexsc_process_put(struct flexsc_process *process)
{
	mutex_lock(&flexsc_processes_lock);
	if (--process->sets)
		process = NULL;
	else
		list_del(&process->node);
	mutex_unlock(&flexsc_processes_lock);
	if (!process)
		return;
	put_pid(process->pid);
	kfree(process);
}

/*
 * May the caller use the set? One that shares the memory alone (CLONE_VM) may
 * have other credentials, and a thread with descriptors of its own would mean
 * other files by the same numbers.
 */
bool flexsc_is_owner(const struct flexsc_set *set)
{
	return set->mm == current->mm && set->process->pid == task_tgid(current) &&
	       set->opener_files == current->files;
}

static bool flexsc_has_same_rights(const struct cred *one, const struct cred *other)
{
	return one == other ||
	       (uid_eq(one->uid, other->uid) && uid_eq(one->euid, other->euid) &&
		uid_eq(one->suid, other->suid) && uid_eq(one->fsuid, other->fsuid) &&
		gid_eq(one->gid, other->gid) && gid_eq(one->egid, other->egid) &&
		gid_eq(one->sgid, other->sgid) && gid_eq(one->fsgid, other->fsgid) &&
		one->user_ns == other->user_ns && one->group_info == other->group_info &&
		cap_issubset(one->cap_effective, other->cap_effective) &&
		cap_issubset(one->cap_permitted, other->cap_permitted));
}

/* Notes what the current thread is, until flexsc_drop_ties(). */
void flexsc_note_ties(struct flexsc_ties *ties)
{
	ties->credentials = get_current_cred();
	ties->files = current->files;
	ties->directories = current->fs;
	ties->namespaces = current->nsproxy;
}

void flexsc_drop_ties(struct flexsc_ties *ties)
{
	put_cred(ties->credentials);
}

/*
 * Is the thread what it was when it came in? The calls that would change that
 * are refused; this is for those that nobody has thought of. Rights are
 * compared, as security modules may renew the credentials at any time.
 */
bool flexsc_is_tied(const struct flexsc_ties *ties)
{
	return ties->files == current->files && ties->directories == current->fs &&
	       ties->namespaces == current->nsproxy &&
	       flexsc_has_same_rights(ties->credentials, current_cred());
}

/* Does the process use the caller's memory with other rights? Under RCU. */
static bool flexsc_is_stranger(struct task_struct *process)
{
	struct task_struct *thread;
	struct mm_struct *mm;

	if (same_thread_group(process, current) || (process->flags & PF_KTHREAD))
		return false;
	for_each_thread(process, thread) {
		/* Compared only; all threads that have one have the same. */
		mm = READ_ONCE(thread->mm);
		if (mm == current->mm &&
		    !flexsc_has_same_rights(current_cred(), __task_cred(thread)))
			return true;
		if (mm && mm != current->mm)
			return false;
	}
	return false;
}

/**
 * flexsc_has_stranger() - can another process with other rights write our entries?
 *
 * Costs two reads as long as nobody but the process's own threads uses its
 * memory: each of those that has not begun to exit counts once in both.
 */
bool flexsc_has_stranger(void)
{
	struct task_struct *process;
	bool found = false;

	if (atomic_read(&current->mm->mm_users) <= atomic_read(&current->signal->live))
		return false;
	rcu_read_lock();
	for_each_process(process) {
		found = flexsc_is_stranger(process);
		if (found)
			break;
	}
	rcu_read_unlock();
	return found;
}
