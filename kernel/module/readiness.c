// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits for readiness without a thread: an entry is hung into the wait queues
 * of the file it names, and goes to the ready list when the file wakes them.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/nospec.h>
#include <linux/rcupdate.h>

#include "flexsc.h"

struct flexsc_poll_table {
	poll_table		table;
	struct flexsc_request	*request;
};

bool flexsc_is_cancelled(const struct flexsc_request *request)
{
	const struct flexsc_slot *slot = &request->set->slots[request->index];

	return READ_ONCE(slot->cancelled) == request->generation;
}

/* May the entry wait? Asked with the set's lock held, which whoever ends all waits takes. */
static bool flexsc_may_wait(const struct flexsc_request *request)
{
	const struct flexsc_set *set = request->set;

	return set->mappings && !set->stopped && !flexsc_is_cancelled(request);
}

/* Puts a request on a list of the set; its lock is held. */
static void flexsc_enlist(struct flexsc_request *request, enum flexsc_request_state state,
			  struct list_head *list)
{
	request->state = state;
	request->set->slots[request->index].request = request;
	list_add_tail(&request->node, list);
}

/* Makes a listed request the caller's; the set's lock is held. */
static void flexsc_delist(struct flexsc_request *request)
{
	request->state = FLEXSC_REQUEST_RUNNING;
	request->set->slots[request->index].request = NULL;
	list_del(&request->node);
}

/* An event on the file; called with the lock of one of its wait queues. */
static void flexsc_event(struct flexsc_request *request)
{
	struct flexsc_set *set = request->set;
	unsigned long flags;

	spin_lock_irqsave(&set->lock, flags);
	if (request->state == FLEXSC_REQUEST_ARMED) {
		flexsc_delist(request);
		flexsc_enlist(request, FLEXSC_REQUEST_READY, &set->ready);
		/* Pairs with flexsc_deactivate(). */
		smp_mb();
		if (!atomic_read(&set->active))
			flexsc_wake_thread(set);
		/* The program's queue may be below this one: see flexsc.h. */
		if (READ_ONCE(set->want_pending))
			irq_work_queue(&set->handoff);
	} else {
		request->woken = true;
	}
	spin_unlock_irqrestore(&set->lock, flags);
}

static int flexsc_poll_wake(struct wait_queue_entry *entry, unsigned int mode, int sync,
			    void *key)
{
	struct flexsc_poll_wait *wait = container_of(entry, struct flexsc_poll_wait, entry);
	__poll_t mask = key_to_poll(key);

	if (mask & POLLFREE) {
		flexsc_event(wait->request);
		list_del_init(&entry->entry);
		/*
		 * The queue goes away before its file does. Nothing of the
		 * request may be touched after head is NULL: that is what
		 * flexsc_unqueue() waits for.
		 */
		smp_store_release(&wait->head, NULL);
		return 1;
	}
	if (mask && !(mask & wait->request->events))
		return 0;
	flexsc_event(wait->request);
	return 1;
}

/* Waits until a running flexsc_poll_wake() has returned, as it holds the lock. */
static void flexsc_unqueue(struct flexsc_poll_wait *wait)
{
	struct wait_queue_head *head;

	/* A queue that sends POLLFREE is freed an RCU grace period later. */
	rcu_read_lock();
	/* Pairs with the release in flexsc_poll_wake(). */
	head = smp_load_acquire(&wait->head);
	if (head) {
		spin_lock_irq(&head->lock);
		list_del_init(&wait->entry.entry);
		spin_unlock_irq(&head->lock);
		wait->head = NULL;
	}
	rcu_read_unlock();
}

/* Ends the wait of a request that is the caller's: no queue knows it afterwards. */
static void flexsc_disarm(struct flexsc_request *request)
{
	while (request->wait_count)
		flexsc_unqueue(&request->waits[--request->wait_count]);
	if (!request->file)
		return;
	flexsc_file_uncount(request);
	fput(request->file);
	request->file = NULL;
}

static void flexsc_queue(struct file *file, struct wait_queue_head *head, poll_table *table)
{
	struct flexsc_request *request =
		container_of(table, struct flexsc_poll_table, table)->request;
	struct flexsc_poll_wait *wait;

	if (request->wait_count == FLEXSC_POLL_QUEUES) {
		request->wait_error = -EOPNOTSUPP;
		return;
	}
	wait = &request->waits[request->wait_count++];
	init_waitqueue_func_entry(&wait->entry, flexsc_poll_wake);
	wait->request = request;
	wait->head = head;
	add_wait_queue(head, &wait->entry);
}

/* Hangs the request into the file's queues. Return: the events that are there already. */
static __poll_t flexsc_poll(struct flexsc_request *request)
{
	struct flexsc_poll_table table = { .request = request };

	init_poll_funcptr(&table.table, flexsc_queue);
	table.table._key = request->events;
	return vfs_poll(request->file, &table.table) & request->events;
}

static enum flexsc_arm_outcome flexsc_arm_file(struct flexsc_request *request, s64 *answer)
{
	struct flexsc_set *set = request->set;
	__poll_t mask;

	*answer = flexsc_file_count(request);
	if (*answer)
		return FLEXSC_ARM_FAILED;
	mask = flexsc_poll(request);
	if (request->wait_error) {
		*answer = request->wait_error;
		return FLEXSC_ARM_FAILED;
	}
	spin_lock_irq(&set->lock);
	if (!mask && !request->woken && flexsc_may_wait(request)) {
		flexsc_enlist(request, FLEXSC_REQUEST_ARMED, &set->armed);
		spin_unlock_irq(&set->lock);
		flexsc_count(set, polled);
		return FLEXSC_ARM_WAITING;
	}
	if (!mask && !flexsc_may_wait(request)) {
		spin_unlock_irq(&set->lock);
		*answer = -ECANCELED;
		return FLEXSC_ARM_FAILED;
	}
	spin_unlock_irq(&set->lock);
	*answer = mangle_poll(mask);
	return FLEXSC_ARM_READY;
}

/**
 * flexsc_arm() - lets a request wait for events of a descriptor.
 * @request: the caller's.
 * @descriptor: of the program.
 * @events: with EPOLLERR and EPOLLHUP.
 * @answer: READY: the events as poll(2) has them; FAILED: -errno.
 *
 * An event between the caller's last attempt and this is not lost: the file is
 * asked after the request has been hung into its queues. READY may come without
 * events when something happened meanwhile.
 *
 * Return: WAITING when the request is on its way to the ready list by itself
 * and must not be touched any more.
 */
enum flexsc_arm_outcome flexsc_arm(struct flexsc_request *request, unsigned int descriptor,
				   __poll_t events, s64 *answer)
{
	enum flexsc_arm_outcome outcome;

	do {
		request->file = fget(descriptor);
		if (!request->file) {
			*answer = -EBADF;
			return FLEXSC_ARM_FAILED;
		}
		request->events = events;
		request->woken = false;
		request->wait_error = 0;
		if (flexsc_is_device_file(request->file)) {
			/* Two sets that wait for each other would never be released. */
			*answer = -EDEADLK;
			outcome = FLEXSC_ARM_FAILED;
		} else {
			outcome = flexsc_arm_file(request, answer);
		}
		if (outcome != FLEXSC_ARM_WAITING)
			flexsc_disarm(request);
		cond_resched();
	} while (outcome == FLEXSC_ARM_READY && !*answer &&
		 request->number == FLEXSC_NR_POLL && !signal_pending(current));
	return outcome;
}

/**
 * flexsc_make_ready() - queues a request to be executed again by any thread.
 * @request: the caller's.
 *
 * Return: false when it may not wait any more and is still the caller's.
 */
bool flexsc_make_ready(struct flexsc_request *request)
{
	struct flexsc_set *set = request->set;
	bool may_wait;

	spin_lock_irq(&set->lock);
	may_wait = flexsc_may_wait(request);
	if (may_wait)
		flexsc_enlist(request, FLEXSC_REQUEST_READY, &set->ready);
	spin_unlock_irq(&set->lock);
	return may_wait;
}

/* Takes the request that has been ready longest, or NULL. */
struct flexsc_request *flexsc_take_ready(struct flexsc_set *set)
{
	struct flexsc_request *request;

	if (list_empty(&set->ready))
		return NULL;
	spin_lock_irq(&set->lock);
	request = list_first_entry_or_null(&set->ready, struct flexsc_request, node);
	if (request)
		flexsc_delist(request);
	spin_unlock_irq(&set->lock);
	if (!request)
		return NULL;
	/* One that was only interrupted has no file and has waited for nothing. */
	if (request->file) {
		request->waited = true;
		request->futile = 0;
	}
	flexsc_disarm(request);
	return request;
}

/*
 * Completes a request that waits no more. What it waited for may be a file that
 * was closed meanwhile; may_release: the caller holds no lock, so that the file
 * can be released before the program learns that the entry is done.
 */
void flexsc_end(struct flexsc_request *request, bool may_release)
{
	flexsc_disarm(request);
	if (may_release)
		flexsc_run_task_work();
	flexsc_complete(request, -ECANCELED);
	flexsc_request_free(request);
}

/**
 * flexsc_cancel() - FLEXSC_NR_CANCEL.
 * @set: set up.
 * @token: names one use of an entry, see flexsc_abi.h.
 *
 * Return: 0 when the entry waited and has been completed with -ECANCELED,
 * -ENOENT when it is no longer (or not yet) there, -EALREADY while a thread
 * executes it: then the call is interrupted if it can be, and the entry waits
 * for nothing any more.
 */
s64 flexsc_cancel(struct flexsc_set *set, u64 token)
{
	u32 index = token & (BIT(FLEXSC_TOKEN_INDEX_BITS) - 1);
	u64 generation = token >> FLEXSC_TOKEN_INDEX_BITS;
	struct flexsc_request *request;
	struct flexsc_slot *slot;
	s64 result = -ENOENT;
	u64 current_generation;

	if (index >= set->entry_count)
		return -ENOENT;
	slot = &set->slots[array_index_nospec(index, set->entry_count)];

	spin_lock_irq(&set->lock);
	/* Pairs with flexsc_claim(), which counts the generation last. */
	current_generation = smp_load_acquire(&slot->generation);
	request = slot->request;
	if ((current_generation & (BIT_ULL(FLEXSC_TOKEN_GENERATION_BITS) - 1)) != generation) {
		request = NULL;
	} else if (request) {
		flexsc_delist(request);
		result = 0;
	} else if (READ_ONCE(slot->busy)) {
		WRITE_ONCE(slot->cancelled, current_generation);
		/* Pairs with flexsc_execute(). */
		smp_mb();
		flexsc_interrupt(set, index, current_generation);
		result = -EALREADY;
	}
	spin_unlock_irq(&set->lock);
	if (request)
		flexsc_end(request, true);
	return result;
}

/*
 * Completes whatever waits; the caller has seen to it that nothing waits anew.
 * may_release: it holds no lock.
 */
void flexsc_cancel_all(struct flexsc_set *set, bool may_release)
{
	struct flexsc_request *request;

	for (;;) {
		spin_lock_irq(&set->lock);
		request = list_first_entry_or_null(&set->armed, struct flexsc_request, node);
		if (!request)
			request = list_first_entry_or_null(&set->ready, struct flexsc_request,
							   node);
		if (request)
			flexsc_delist(request);
		spin_unlock_irq(&set->lock);
		if (!request)
			return;
		flexsc_end(request, may_release);
	}
}
