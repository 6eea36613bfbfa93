// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rings' kernel side: taking submitted entries, completing them, buffers.
 */
#include <linux/nospec.h>

#include "flexsc.h"

static bool flexsc_ring_has_work(const struct flexsc_set *set)
{
	return READ_ONCE(set->control->submission.tail) != READ_ONCE(set->submission_head);
}

/**
 * flexsc_work_waits() - is there an entry that no thread has taken?
 * @set: set up.
 *
 * A look without a lock. Who goes to sleep on a "no" has published before that
 * it sleeps, with a full fence between.
 */
bool flexsc_work_waits(const struct flexsc_set *set)
{
	return !list_empty(&set->ready) || flexsc_ring_has_work(set);
}

u32 flexsc_backlog(const struct flexsc_set *set)
{
	return READ_ONCE(set->control->submission.tail) - READ_ONCE(set->submission_head);
}

/* How many completions the program has not consumed, as far as it can be believed. */
u32 flexsc_completions(const struct flexsc_set *set)
{
	/* Pairs with flexsc_complete(): the program sees at least as many. */
	u32 tail = smp_load_acquire(&set->completion_tail);

	return min(tail - READ_ONCE(set->control->completion.head), set->ring_capacity);
}

/* The only reads of the entry: what is checked is what is executed. */
static u8 flexsc_copy_entry(const struct flexsc_entry *entry, struct flexsc_request *request)
{
	u8 count = READ_ONCE(entry->argument_count);
	unsigned int i;

	request->number = READ_ONCE(entry->number);
	request->flags = READ_ONCE(entry->flags);
	for (i = 0; i < FLEXSC_MAX_ARGUMENTS; i++)
		request->arguments[i] = i < count ? READ_ONCE(entry->arguments[i]) : 0;
	return count;
}

static bool flexsc_claim(struct flexsc_set *set, u32 index)
{
	struct flexsc_slot *slot = &set->slots[index];

	/* Pairs with the release in flexsc_complete(). */
	if (smp_load_acquire(&slot->busy))
		return false;
	if (cmpxchg(&set->entries[index].status, FLEXSC_STATUS_SUBMIT, FLEXSC_STATUS_BUSY) !=
	    FLEXSC_STATUS_SUBMIT)
		return false;
	WRITE_ONCE(slot->busy, 1);
	/* Cancelling compares the generation first, so it comes last here. */
	smp_store_release(&slot->generation, slot->generation + 1);
	return true;
}

/**
 * flexsc_take_submitted() - takes the next submitted entry.
 * @set: set up.
 * @request: filled in on success.
 * @count: the entry's argument count, not checked yet.
 *
 * A slot that names no submitted entry is counted and skipped. Looks at
 * FLEXSC_TAKE_BATCH slots at most, so a false does not say that the ring is
 * empty. A tail that runs away costs one ring's worth of slots.
 *
 * Return: whether an entry was taken.
 */
bool flexsc_take_submitted(struct flexsc_set *set, struct flexsc_request *request, u8 *count)
{
	u32 tail, head, examined, index = 0;
	bool found = false;

	spin_lock(&set->take_lock);
	head = set->submission_head;
	/* Pairs with the program's release of tail: slots and entries are written. */
	tail = smp_load_acquire(&set->control->submission.tail);
	if (tail - head > set->ring_capacity) {
		flexsc_count(set, malformed);
		head = tail - set->ring_capacity;
	}
	for (examined = 0; head != tail && !found && examined < FLEXSC_TAKE_BATCH; examined++) {
		index = READ_ONCE(set->submission_slots[head & (set->ring_capacity - 1)]);
		head++;
		if (index < set->entry_count) {
			index = array_index_nospec(index, set->entry_count);
			found = flexsc_claim(set, index);
		}
		if (!found)
			flexsc_count(set, malformed);
	}
	WRITE_ONCE(set->submission_head, head);
	/* The slots are read: the program may write them again. */
	smp_store_release(&set->control->submission.head, head);
	spin_unlock(&set->take_lock);
	if (!found)
		return false;

	request->set = set;
	request->state = FLEXSC_REQUEST_RUNNING;
	request->index = index;
	request->generation = set->slots[index].generation;
	request->waited = false;
	request->futile = 0;
	request->has_buffer = false;
	request->file = NULL;
	INIT_HLIST_NODE(&request->file_node);
	request->wait_count = 0;
	*count = flexsc_copy_entry(&set->entries[index], request);
	return true;
}

/**
 * flexsc_complete() - gives an entry back to the program.
 * @request: belongs to the caller, and is free for another use afterwards.
 * @result: what the program sees, -errno included.
 *
 * Does not wake the program; see flexsc_announce().
 */
void flexsc_complete(struct flexsc_request *request, s64 result)
{
	struct flexsc_set *set = request->set;
	struct flexsc_entry *entry = &set->entries[request->index];
	u32 tail;

	if (request->flags & FLEXSC_ENTRY_PROVIDED_BUFFER)
		WRITE_ONCE(entry->arguments[5],
			   request->has_buffer ? request->buffer.id : (u64)-1);
	WRITE_ONCE(entry->result, result);
	/* Before DONE: from then on the program may submit the entry again. */
	smp_store_release(&set->slots[request->index].busy, 0);
	/* The result first; pairs with the program's look at the status. */
	smp_store_release(&entry->status, FLEXSC_STATUS_DONE);

	spin_lock(&set->completion_lock);
	tail = set->completion_tail;
	set->completion_slots[tail & (set->ring_capacity - 1)] = request->index;
	/* The slot is written; pairs with the program's look at the tail. */
	smp_store_release(&set->control->completion.tail, tail + 1);
	/* Last, so that no wait counts what the program does not see yet. */
	smp_store_release(&set->completion_tail, tail + 1);
	spin_unlock(&set->completion_lock);
	WRITE_ONCE(set->unannounced, 1);
	flexsc_count(set, completed);
}

/**
 * flexsc_buffer_take() - takes a provided buffer and makes it the call's.
 * @request: the caller's; its flags ask for a buffer.
 *
 * One that an earlier call left unused goes first. Return: whether there was one.
 */
bool flexsc_buffer_take(struct flexsc_request *request)
{
	struct flexsc_set *set = request->set;
	u32 tail;

	spin_lock(&set->buffer_lock);
	/* Pairs with the program's release of tail: the buffers are written. */
	tail = smp_load_acquire(&set->control->buffers.tail);
	if (set->kept_count) {
		request->buffer = set->kept[--set->kept_count];
		request->has_buffer = true;
	} else if (tail != set->buffer_head) {
		const struct flexsc_buffer *buffer;

		if (tail - set->buffer_head > set->buffer_capacity)
			set->buffer_head = tail - set->buffer_capacity;
		buffer = &set->buffer_slots[set->buffer_head & (set->buffer_capacity - 1)];
		request->buffer.address = READ_ONCE(buffer->address);
		request->buffer.bytes = READ_ONCE(buffer->bytes);
		request->buffer.id = READ_ONCE(buffer->id);
		request->has_buffer = true;
		set->buffer_head++;
		/* The slot is read: the program may write it again. */
		smp_store_release(&set->control->buffers.head, set->buffer_head);
	}
	spin_unlock(&set->buffer_lock);
	if (request->has_buffer) {
		request->arguments[1] = request->buffer.address;
		request->arguments[2] = request->buffer.bytes;
	}
	return request->has_buffer;
}

/*
 * Keeps an unused buffer for the next call. Never more than one per thread is
 * taken at a time, and the kept ones go first, so there is always room.
 */
void flexsc_buffer_put_back(struct flexsc_request *request)
{
	struct flexsc_set *set = request->set;

	if (!request->has_buffer)
		return;
	request->has_buffer = false;
	spin_lock(&set->buffer_lock);
	if (!WARN_ON_ONCE(set->kept_count >= ARRAY_SIZE(set->kept)))
		set->kept[set->kept_count++] = request->buffer;
	spin_unlock(&set->buffer_lock);
}
