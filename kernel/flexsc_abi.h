/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The memory shared by a program and whoever executes its system calls.
 *
 * One mapping holds, in this order: the control page, the submission ring,
 * the completion ring, the syscall pages. The rings carry entry indexes, so
 * that finding work costs O(work) and never a scan over the entries (the
 * limitation named by the authors of libflexsc, USENIX ATC 2011).
 *
 * The C# mirror is FlexSc.Interop/Page; a test compiles this header and
 * compares every size, offset and constant.
 */
#ifndef FLEXSC_ABI_H
#define FLEXSC_ABI_H

#include <linux/types.h>

#define FLEXSC_ABI_MAGIC		0x63537846u	/* "FxSc", little endian */
#define FLEXSC_ABI_VERSION		2u

#define FLEXSC_PAGE_BYTES		4096u
#define FLEXSC_ENTRY_BYTES		64u
#define FLEXSC_ENTRIES_PER_PAGE		64u
#define FLEXSC_MAX_ARGUMENTS		6u
#define FLEXSC_MAX_PAGES		2048u

/* The life of an entry; one way, FREE -> SUBMIT -> BUSY -> DONE -> FREE. */
enum flexsc_status {
	FLEXSC_STATUS_FREE	= 0,	/* owned by the program, unused */
	FLEXSC_STATUS_SUBMIT	= 1,	/* filled in, owned by the executor */
	FLEXSC_STATUS_BUSY	= 2,	/* taken, being executed */
	FLEXSC_STATUS_DONE	= 3,	/* result valid, owned by the program */
};

/* Entry flags. An executor that does not know a flag answers -EINVAL. */
#define FLEXSC_ENTRY_MULTISHOT		0x01u	/* completes again and again */
#define FLEXSC_ENTRY_PROVIDED_BUFFER	0x02u	/* executor picks the buffer */
/*
 * The call's first argument is a descriptor to wait for: when the call answers
 * -EAGAIN, it is made again once the descriptor is readable (writable), and no
 * thread waits meanwhile. With POLL_FIRST not even the first attempt is made
 * before that. Errors and hang-ups count as ready, as in poll(2).
 */
#define FLEXSC_ENTRY_POLL_IN		0x04u
#define FLEXSC_ENTRY_POLL_OUT		0x08u
#define FLEXSC_ENTRY_POLL_FIRST		0x10u

/*
 * Numbers that are no system call of Linux. They lie above every number the
 * kernel uses and below 65536.
 */
#define FLEXSC_NR_BASE			0xf000u
#define FLEXSC_NR_NOP			0xf000u	/* completes with 0 */
#define FLEXSC_NR_CANCEL		0xf001u	/* args[0]: token to cancel */
#define FLEXSC_NR_POLL			0xf002u	/* args: fd, poll(2) events */

/*
 * A token names one use of an entry: index in the low bits, generation above.
 * What counts as generation is between program and executor; /dev/flexsc counts
 * how often it has taken the entry since SETUP, this time included, so the
 * first use is generation 1.
 */
#define FLEXSC_TOKEN_INDEX_BITS		24u
#define FLEXSC_TOKEN_GENERATION_BITS	40u

/* One system call: 64 bytes, one cache line. */
struct flexsc_entry {
	__u32	status;			/* enum flexsc_status */
	__u16	number;			/* system call, or FLEXSC_NR_* */
	__u8	argument_count;		/* 0..6 */
	__u8	flags;			/* FLEXSC_ENTRY_* */
	__u64	arguments[FLEXSC_MAX_ARGUMENTS];
	__s64	result;			/* as the kernel returns it: -errno */
};

struct flexsc_page {
	struct flexsc_entry	entries[FLEXSC_ENTRIES_PER_PAGE];
};

/*
 * A ring's two ends are written by different sides, so each has a cache line
 * of its own. head and tail count up and wrap at 2^32; the slot of position p
 * is p & mask. A ring has a slot for every entry, so it cannot overflow.
 */
struct flexsc_ring {
	__u32	head;			/* written by the consumer */
	__u32	reserved0[15];
	__u32	tail;			/* written by the producer */
	__u32	reserved1[15];
};

/*
 * A buffer for FLEXSC_ENTRY_PROVIDED_BUFFER, which is for calls whose second and
 * third arguments are memory to fill and its bytes: read, pread64, recvfrom. The
 * executor takes one from the buffer ring when the call is about to be made, puts address and bytes into
 * arguments[1] and arguments[2] of the call, and its id into arguments[5] of
 * the completed entry; -1 there says that the call used none (its result is
 * 0 or an error). An empty ring completes the call with -ENOBUFS, but only
 * once the call would have found something.
 */
struct flexsc_buffer {
	__u64	address;
	__u32	bytes;
	__u32	id;
};

struct flexsc_control {
	__u32	magic;
	__u32	version;
	__u32	page_count;
	__u32	entry_count;
	__u32	ring_capacity;		/* a power of two, >= entry_count */
	__u32	ring_mask;
	__u32	submission_ring_offset;	/* bytes from the control page */
	__u32	completion_ring_offset;
	__u32	pages_offset;
	__u32	total_bytes;
	__u32	buffer_ring_offset;	/* 0: there is none */
	__u32	buffer_ring_capacity;	/* slots, a power of two */
	__u32	reserved0[4];
	struct flexsc_ring	submission;
	struct flexsc_ring	completion;
	__u32	program_sleeps;		/* program asks to be woken */
	__u32	reserved1[15];
	__u32	executor_sleeps;	/* executor asks to be kicked */
	__u32	reserved2[15];
	/* What the executor tells of its threads; a hint, refreshed as it goes. */
	__u32	threads;		/* syscall threads that are in */
	__u32	blocked_threads;	/* of these, waiting inside a call */
	__u32	wants_thread;		/* work waits, no thread is free */
	__u32	reserved3[13];
	struct flexsc_ring	buffers;	/* the program is the producer */
};

#endif /* FLEXSC_ABI_H */
