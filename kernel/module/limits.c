// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a user may take through page sets: memory as by mlock(), files as by
 * the number of descriptors.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/user.h>
#include <linux/slab.h>

#include "flexsc.h"

/**
 * flexsc_charge() - counts memory that cannot be swapped against RLIMIT_MEMLOCK.
 * @charge: empty.
 * @bytes: what is about to be allocated.
 *
 * In the same account as mlock() and io_uring, for all processes of the user;
 * CAP_IPC_LOCK is exempt.
 *
 * Return: 0 or -ENOMEM.
 */
int flexsc_charge(struct flexsc_charge *charge, size_t bytes)
{
	unsigned long limit = rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT;
	unsigned long pages = DIV_ROUND_UP(bytes, PAGE_SIZE);
	struct user_struct *user = current_user();
	long locked;

	if (capable(CAP_IPC_LOCK))
		return 0;
	locked = atomic_long_read(&user->locked_vm);
	do {
		if (locked + pages > limit)
			return -ENOMEM;
	} while (!atomic_long_try_cmpxchg(&user->locked_vm, &locked, locked + pages));
	charge->user = get_uid(user);
	charge->pages = pages;
	return 0;
}

void flexsc_uncharge(struct flexsc_charge *charge)
{
	if (!charge->user)
		return;
	atomic_long_sub(charge->pages, &charge->user->locked_vm);
	free_uid(charge->user);
	charge->user = NULL;
}

int flexsc_files_create(struct flexsc_set *set)
{
	set->file_buckets = min(set->ring_capacity, FLEXSC_MAX_FILE_BUCKETS);
	set->files = kvcalloc(set->file_buckets, sizeof(*set->files), GFP_KERNEL_ACCOUNT);
	return set->files ? 0 : -ENOMEM;
}

void flexsc_files_destroy(struct flexsc_set *set)
{
	kvfree(set->files);
	set->files = NULL;
}

static struct hlist_head *flexsc_file_bucket(const struct flexsc_request *request)
{
	const struct flexsc_set *set = request->set;

	return &set->files[hash_ptr(request->file, ilog2(set->file_buckets))];
}

/* Does another request of the set wait for the same file? files_lock is held. */
static bool flexsc_file_is_counted(const struct flexsc_request *request)
{
	struct flexsc_request *other;

	hlist_for_each_entry(other, flexsc_file_bucket(request), file_node)
		if (other->file == request->file)
			return true;
	return false;
}

/**
 * flexsc_file_count() - counts the file that a request is about to wait for.
 * @request: the caller's, with a file that is not counted yet.
 *
 * A waiting entry holds its file after the descriptor was closed, so without a
 * limit a process could hold any number. It is RLIMIT_NOFILE for the process's
 * sets together; a file counts once in a set however many entries wait for it.
 *
 * Return: 0 or -EMFILE.
 */
int flexsc_file_count(struct flexsc_request *request)
{
	struct flexsc_set *set = request->set;
	int result = 0;

	spin_lock(&set->files_lock);
	if (!flexsc_file_is_counted(request) &&
	    (unsigned long)atomic_inc_return(&set->process->files) > rlimit(RLIMIT_NOFILE)) {
		atomic_dec(&set->process->files);
		result = -EMFILE;
	}
	if (!result)
		hlist_add_head(&request->file_node, flexsc_file_bucket(request));
	spin_unlock(&set->files_lock);
	return result;
}

/* Takes the count back; nothing if there is none. */
void flexsc_file_uncount(struct flexsc_request *request)
{
	struct flexsc_set *set = request->set;

	if (hlist_unhashed(&request->file_node))
		return;
	spin_lock(&set->files_lock);
	hlist_del_init(&request->file_node);
	if (!flexsc_file_is_counted(request))
		atomic_dec(&set->process->files);
	spin_unlock(&set->files_lock);
}
