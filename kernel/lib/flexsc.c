// SPDX-License-Identifier: MIT
/*
 * flexsc.c - libflexsc: entries, rings and the loop. The syscall threads and
 * the life of a page set are in flexsc_threads.c, timers in flexsc_timers.c.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "flexsc_internal.h"
#include "flexsc_layout.h"

/* How long flexsc_call() lets a cancelled call end before it gives up on it. */
#define CANCEL_GRACE_NS		(100 * NS_PER_MS)

static uint32_t ring_count(const struct flexsc_ring *ring)
{
	/* Acquire: the slots and entries were written before the tail. */
	return __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE) -
	       __atomic_load_n(&ring->head, __ATOMIC_RELAXED);
}

/* The cancel requests of the library itself end here. */
void flexsc_ignore(struct flexsc_cb *cb)
{
	(void)cb;
}

struct flexsc_slot *flexsc_slot_of(const struct flexsc *flexsc, const struct flexsc_cb *cb)
{
	uint32_t index = cb->token & FLEXSC_INDEX_MASK;

	return index < flexsc->entry_count && flexsc->slots[index].cb == cb ?
	       &flexsc->slots[index] : NULL;
}

bool flexsc_lies_in_callback(const struct flexsc *flexsc, const void *memory, const char *frame)
{
	return (const char *)memory >= frame && (const char *)memory < flexsc->callback_frame;
}

static void publish(struct flexsc *flexsc, uint32_t index)
{
	struct flexsc_ring *ring = &flexsc->control->submission;
	uint32_t tail = ring->tail;

	flexsc->submission_slots[tail & flexsc->ring_mask] = index;
	/* The entry and its slot must be visible to who sees the tail. */
	__atomic_store_n(&ring->tail, tail + 1, __ATOMIC_RELEASE);
}

static int submit(struct flexsc *flexsc, struct flexsc_cb *cb, unsigned int flags,
		  unsigned int number, unsigned int argument_count, const uint64_t *arguments)
{
	struct flexsc_entry *entry;
	struct flexsc_slot *slot;
	uint32_t index;

	if (argument_count > FLEXSC_MAX_ARGUMENTS || number > UINT16_MAX || flags > UINT8_MAX)
		return -EINVAL;
	if (!flexsc->free_count)
		return -EAGAIN;

	index = flexsc->free_indexes[--flexsc->free_count];
	slot = &flexsc->slots[index];
	entry = &flexsc->entries[index];
	slot->cb = cb;
	slot->deadline = NULL;
	slot->cancelled = false;
	slot->expired = false;
	slot->generation++;
	cb->flexsc = flexsc;
	cb->token = slot->generation << FLEXSC_TOKEN_INDEX_BITS | index;

	entry->number = number;
	entry->argument_count = argument_count;
	entry->flags = flags;
	for (unsigned int i = 0; i < argument_count; i++)
		entry->arguments[i] = arguments[i];
	/* Whoever finds SUBMIT may run the entry, so the rest comes first. */
	__atomic_store_n(&entry->status, FLEXSC_STATUS_SUBMIT, __ATOMIC_RELEASE);
	publish(flexsc, index);
	flexsc->in_flight++;
	flexsc->counts.submitted++;
	return 0;
}

/*
 * Not inlined: the frame of this function is below that of the caller, so that
 * a callback's frames are what lies between it and the one that runs callbacks.
 */
__attribute__((noinline))
int flexsc_submit(struct flexsc *flexsc, struct flexsc_cb *cb, unsigned int flags,
		  unsigned int number, unsigned int argument_count, const uint64_t *arguments)
{
	const char *frame = __builtin_frame_address(0);

	if (!cb || !cb->callback || (argument_count && !arguments))
		return -EINVAL;
	if (flexsc->closing)
		return -ESHUTDOWN;
	if (flexsc_lies_in_callback(flexsc, cb, frame))
		return -EFAULT;
	if (flexsc_slot_of(flexsc, cb))
		return -EBUSY;
	/* The last entry is kept for a cancel: a full page set must not be stuck. */
	if (flexsc->free_count <= FLEXSC_RESERVED_ENTRIES)
		return -EAGAIN;
	return submit(flexsc, cb, flags, number, argument_count, arguments);
}

int flexsc_cancel(struct flexsc *flexsc, struct flexsc_cb *target)
{
	struct flexsc_slot *slot = flexsc_slot_of(flexsc, target);
	int error;

	if (!slot)
		return -ENOENT;
	error = submit(flexsc, &flexsc->ignored, 0, FLEXSC_NR_CANCEL, 1, &target->token);
	if (!error)
		slot->cancelled = true;
	return error;
}

/* The call's result for its callback; the call and its deadline end here. */
static struct flexsc_cb *end_call(struct flexsc_slot *slot, int64_t result)
{
	struct flexsc_cb *cb = slot->cb;

	if (slot->deadline)
		flexsc_timer_stop(slot->deadline);
	cb->ret = slot->expired && (result == -ECANCELED || result == -EINTR) ? -ETIME : result;
	slot->cb = NULL;
	return cb;
}

/* Takes one completion off the ring; NULL when there is none, or on -EIO. */
static struct flexsc_cb *reap(struct flexsc *flexsc, int *error)
{
	struct flexsc_ring *ring = &flexsc->control->completion;
	struct flexsc_entry *entry;
	struct flexsc_cb *cb;
	uint32_t head = ring->head;
	uint32_t index;

	if (!ring_count(ring))
		return NULL;
	index = flexsc->completion_slots[head & flexsc->ring_mask];
	if (index >= flexsc->entry_count || !flexsc->slots[index].cb) {
		*error = -EIO;
		return NULL;
	}
	entry = &flexsc->entries[index];
	if (__atomic_load_n(&entry->status, __ATOMIC_ACQUIRE) != FLEXSC_STATUS_DONE) {
		*error = -EIO;
		return NULL;
	}

	cb = end_call(&flexsc->slots[index], entry->result);
	entry->status = FLEXSC_STATUS_FREE;
	/* The slot was read before the kernel may write it again. */
	__atomic_store_n(&ring->head, head + 1, __ATOMIC_RELEASE);
	flexsc->free_indexes[flexsc->free_count++] = index;
	flexsc->in_flight--;
	flexsc->counts.completed++;
	return cb;
}

static void defer(struct flexsc *flexsc, struct flexsc_cb *cb)
{
	cb->next = NULL;
	*flexsc->deferred_end = cb;
	flexsc->deferred_end = &cb->next;
	flexsc->deferred_count++;
}

static struct flexsc_cb *take_deferred(struct flexsc *flexsc)
{
	struct flexsc_cb *cb = flexsc->deferred;

	flexsc->deferred = cb->next;
	if (!flexsc->deferred)
		flexsc->deferred_end = &flexsc->deferred;
	flexsc->deferred_count--;
	return cb;
}

uint32_t flexsc_ended(const struct flexsc *flexsc)
{
	return flexsc->deferred_count + ring_count(&flexsc->control->completion);
}

/* Not inlined: its frame bounds those of the callbacks, see flexsc_submit(). */
__attribute__((noinline))
int flexsc_run_callbacks(struct flexsc *flexsc)
{
	uint32_t limit = flexsc_ended(flexsc);
	int error = 0;
	int count = 0;

	/* Callbacks may submit calls that end at once; those wait for the next turn. */
	if (limit > flexsc->entry_count)
		limit = flexsc->entry_count;
	flexsc->callback_frame = __builtin_frame_address(0);
	while (limit--) {
		struct flexsc_cb *cb = flexsc->deferred ? take_deferred(flexsc) :
							  reap(flexsc, &error);

		if (!cb)
			break;
		if (cb->callback == flexsc_ignore)
			continue;
		count++;
		cb->callback(cb);
	}
	flexsc->callback_frame = NULL;
	return error ? error : count;
}

int flexsc_kick(struct flexsc *flexsc)
{
	/*
	 * Tail first, flag second: the syscall thread raises the flag and then
	 * looks at the tail again, so one of the two sees the other. The same
	 * goes for a thread that comes in: none is in, none can be woken, and
	 * the first to come (they go now and then for a moment) looks at the tail.
	 */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!__atomic_load_n(&flexsc->control->executor_sleeps, __ATOMIC_RELAXED) ||
	    !__atomic_load_n(&flexsc->control->threads, __ATOMIC_RELAXED) ||
	    !ring_count(&flexsc->control->submission))
		return 0;
	flexsc->counts.ioctls++;
	return ioctl(flexsc->fd, FLEXSC_IOC_KICK) < 0 ? -errno : 0;
}

static int wait_for(struct flexsc *flexsc, unsigned int min_completions, int64_t timeout_ns)
{
	struct flexsc_wait wait = {
		.min_completions = min_completions,
		.timeout_ns = timeout_ns,
	};

	flexsc->counts.ioctls++;
	if (ioctl(flexsc->fd, FLEXSC_IOC_WAIT, &wait) >= 0)
		return 0;
	/* A signal or the end of the time: the caller looks at what is there. */
	return errno == EINTR || errno == ETIME || errno == ETIMEDOUT ? 0 : -errno;
}

/* Kicks and, when too little has ended, waits. */
static int enter(struct flexsc *flexsc, unsigned int min_completions, int64_t timeout_ns)
{
	int error;

	if (!timeout_ns || flexsc_ended(flexsc) >= min_completions)
		error = flexsc_kick(flexsc);
	else
		error = wait_for(flexsc, min_completions - flexsc->deferred_count, timeout_ns);
	if (error)
		return error;
	return flexsc_tend_threads(flexsc);
}

/* Until the time is over or a timer is due, whichever comes first. */
static int64_t shorter_ns(int64_t timeout_ns, int64_t timer_ns)
{
	return timeout_ns < 0 || (timer_ns >= 0 && timer_ns < timeout_ns) ? timer_ns : timeout_ns;
}

int flexsc_turn(struct flexsc *flexsc, unsigned int min_completions, int64_t timeout_ns)
{
	int count;

	if (flexsc->callback_frame)
		return -EBUSY;
	timeout_ns = shorter_ns(timeout_ns, flexsc_timer_next_ns(flexsc));
	count = enter(flexsc, min_completions ? min_completions : 1, timeout_ns);
	if (!count)
		count = flexsc_run_callbacks(flexsc);
	if (count < 0 || !flexsc->timer_count)
		return count;
	return count + flexsc_run_timers(flexsc, flexsc_now_ns());
}

int flexsc_loop(struct flexsc *flexsc)
{
	while (flexsc->in_flight || flexsc->deferred || flexsc->timer_count) {
		int count;

		if (__atomic_exchange_n(&flexsc->stopped, false, __ATOMIC_ACQ_REL))
			break;
		count = flexsc_turn(flexsc, 1, -1);
		if (count < 0)
			return count;
	}
	return 0;
}

void flexsc_stop(struct flexsc *flexsc)
{
	int before = errno;

	__atomic_store_n(&flexsc->stopped, true, __ATOMIC_RELEASE);
	ioctl(flexsc->fd, FLEXSC_IOC_WAKE);
	errno = before;
}

/* Turns until @cb has ended, keeping the others for the loop; 0, -ETIME or an error. */
static int wait_for_cb(struct flexsc *flexsc, struct flexsc_cb *cb, int64_t timeout_ns)
{
	int64_t deadline_ns = flexsc_now_ns() + timeout_ns;
	int64_t left_ns = timeout_ns;
	bool looked = false;
	int error = 0;

	for (;;) {
		struct flexsc_cb *ended = reap(flexsc, &error);

		if (error)
			return error;
		if (ended == cb)
			return 0;
		if (ended) {
			if (ended->callback != flexsc_ignore)
				defer(flexsc, ended);
			continue;
		}
		if (timeout_ns >= 0 && looked) {
			left_ns = deadline_ns - flexsc_now_ns();
			if (left_ns <= 0)
				return -ETIME;
		}
		looked = true;
		error = left_ns ? wait_for(flexsc, 1, left_ns) : flexsc_kick(flexsc);
		if (!error)
			error = flexsc_tend_threads(flexsc);
		if (error)
			return error;
	}
}

int64_t flexsc_call(struct flexsc *flexsc, int64_t timeout_ns, unsigned int flags,
		    unsigned int number, unsigned int argument_count, const uint64_t *arguments)
{
	struct flexsc_cb cb = { .callback = flexsc_ignore };
	int error;

	if (argument_count && !arguments)
		return -EINVAL;
	if (flexsc->closing)
		return -ESHUTDOWN;
	if (flexsc->free_count <= FLEXSC_RESERVED_ENTRIES)
		return -EAGAIN;
	error = submit(flexsc, &cb, flags, number, argument_count, arguments);
	if (error)
		return error;
	error = wait_for_cb(flexsc, &cb, timeout_ns);
	if (!error)
		return cb.ret;

	if (error == -ETIME && !flexsc_cancel(flexsc, &cb) &&
	    !wait_for_cb(flexsc, &cb, CANCEL_GRACE_NS))
		return cb.ret == -ECANCELED || cb.ret == -EINTR ? -ETIME : cb.ret;
	/* This frame goes, the entry stays: its end must find another callback. */
	flexsc->slots[cb.token & FLEXSC_INDEX_MASK].cb = &flexsc->ignored;
	return error == -ETIME ? -EINPROGRESS : error;
}

unsigned int flexsc_in_flight(const struct flexsc *flexsc)
{
	return flexsc->in_flight + flexsc->deferred_count;
}

struct flexsc_counts flexsc_counts(const struct flexsc *flexsc)
{
	return flexsc->counts;
}

int flexsc_stats(const struct flexsc *flexsc, struct flexsc_stats *stats)
{
	memset(stats, 0, sizeof(*stats));
	return ioctl(flexsc->fd, FLEXSC_IOC_STATS, stats) < 0 ? -errno : 0;
}

int flexsc_fd(const struct flexsc *flexsc)
{
	return flexsc->fd;
}
