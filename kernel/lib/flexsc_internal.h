/* SPDX-License-Identifier: MIT */
/* flexsc_internal.h - what the files of libflexsc share. */
#ifndef FLEXSC_INTERNAL_H
#define FLEXSC_INTERNAL_H

#include <pthread.h>

#include "flexsc.h"

#define NS_PER_MS		INT64_C(1000000)
#define FLEXSC_INDEX_MASK	((UINT32_C(1) << FLEXSC_TOKEN_INDEX_BITS) - 1)

/* Entries that only cancel requests may take. */
#define FLEXSC_RESERVED_ENTRIES	1u

/* What the library knows of an entry. */
struct flexsc_slot {
	struct flexsc_cb	*cb;		/* NULL: not in flight */
	uint64_t		generation;	/* uses so far, as the kernel counts them */
	struct flexsc_timer	*deadline;	/* NULL: none */
	bool			cancelled;	/* a cancel request went out */
	bool			expired;	/* the deadline has come */
};

struct flexsc {
	int			fd;
	struct flexsc_control	*control;	/* the mapping */
	size_t			mapped_bytes;
	struct flexsc_entry	*entries;
	uint32_t		*submission_slots;
	uint32_t		*completion_slots;
	/* Copies: the shared ones could be overwritten. */
	uint32_t		entry_count;
	uint32_t		ring_mask;

	struct flexsc_slot	*slots;
	uint32_t		*free_indexes;
	uint32_t		free_count;
	uint32_t		in_flight;

	/* Ended while flexsc_call() waited for another. */
	struct flexsc_cb	*deferred;
	struct flexsc_cb	**deferred_end;
	uint32_t		deferred_count;

	struct flexsc_timer	**timers;	/* a heap, the next one first */
	uint32_t		timer_count;
	uint32_t		timer_capacity;

	struct flexsc_cb	ignored;
	const char		*callback_frame; /* frame that runs callbacks now, or NULL */
	bool			closing;
	bool			stopped;	/* atomic */

	struct flexsc_config	config;
	pthread_t		*threads;
	unsigned int		thread_count;	/* started and not joined */
	unsigned int		live_threads;	/* atomic: still in RUN, or about to be */
	int			thread_error;	/* atomic: why one left, 0 or -errno */

	struct flexsc_counts	counts;
};

int64_t flexsc_now_ns(void);
void flexsc_ignore(struct flexsc_cb *cb);

/* What the library knows of a call in flight; NULL when it is not. */
struct flexsc_slot *flexsc_slot_of(const struct flexsc *flexsc, const struct flexsc_cb *cb);

/*
 * Whether memory lies in a frame of the running callback, which is gone by the
 * time it is used. @frame is that of the library's function it was handed to.
 */
bool flexsc_lies_in_callback(const struct flexsc *flexsc, const void *memory, const char *frame);

/* Calls that have ended and whose callbacks have not begun. */
uint32_t flexsc_ended(const struct flexsc *flexsc);

/* Runs those, at most as many as there are entries; how many, or -EIO. */
int flexsc_run_callbacks(struct flexsc *flexsc);

/* Starts a syscall thread when one is wanted; an error when none is left. */
int flexsc_tend_threads(struct flexsc *flexsc);

/* Puts a timer that is not started into the heap; 0, -EAGAIN or -ENOMEM. */
int flexsc_timer_add(struct flexsc *flexsc, struct flexsc_timer *timer, int64_t due_ns);

/* Runs the timers that are due, each at most once; how many. */
int flexsc_run_timers(struct flexsc *flexsc, int64_t now_ns);

/* Takes all out of the heap, without their callbacks. */
void flexsc_stop_timers(struct flexsc *flexsc);

#endif /* FLEXSC_INTERNAL_H */
