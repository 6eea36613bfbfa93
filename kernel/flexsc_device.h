/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * /dev/flexsc: syscall pages executed inside the kernel.
 *
 * One open file is one page set. The program that opened it sets the page set
 * up, maps it, and lends the file one or more of its threads: a thread that
 * calls FLEXSC_IOC_RUN stays in the kernel and executes entries until the file
 * is stopped or a signal reaches the thread. As it is a thread of the program,
 * memory, descriptors, credentials, namespaces and cgroup are the program's.
 *
 * The device does not know FLEXSC_ENTRY_MULTISHOT: a program that wants a call
 * again submits it again. It executes FLEXSC_NR_NOP, _CANCEL and _POLL.
 *
 * What entries answer beside their call's result:
 *   -EPERM	the call is on the refusal list, seccomp is in force (asked each
 *		time a call is made, so also of entries that waited), or a process
 *		with other rights shares the memory and can write entries
 *   -ENOSYS	a number newer than the module
 *   -EINVAL	unknown flags, more than 6 arguments, POLL_FIRST without a
 *		direction, a provided buffer without a buffer ring or for another
 *		call than read, pread64 and recvfrom
 *   -EDEADLK	FLEXSC_IOC_RUN or _WAIT, or a wait for a flexsc file
 *   -EOPNOTSUPP the file to wait for has more than two wait queues
 *   -EMFILE	the entries of the process's sets wait for RLIMIT_NOFILE files
 *		already; a file counts once in a set
 *   -ECANCELED	cancelled, or the set was stopped or unmapped meanwhile, or the
 *		thread ended inside the call
 *   -EAGAIN	although a POLL flag is set: the file says it is ready and the
 *		call disagrees, many times in a row
 *   -ENOBUFS	without a POLL flag: at once, as nobody knows whether there is data
 *
 * FLEXSC_NR_CANCEL answers 0: the entry waited for readiness and has been
 * completed with -ECANCELED; -ENOENT: no such use of an entry is in the
 * executor's hands; -EALREADY: a thread executes it. Then the call is
 * interrupted if it can be, and the entry will wait for nothing any more: it
 * completes with its result or with -ECANCELED, soon.
 *
 * The set lives as long as a descriptor, a mapping or a thread in
 * FLEXSC_IOC_RUN; closing the descriptor stops nothing. When the last mapping
 * goes, every waiting entry is cancelled.
 *
 * An entry is done when its call is, to its end: a file that was closed has been
 * released, and its peer knows. Where the signal mask was changed for the time of
 * the call, the thread has its own again.
 *
 * Opening and FLEXSC_IOC_SETUP count the kernel memory they take against the
 * user's RLIMIT_MEMLOCK, with what mlock() and io_uring have taken, and answer
 * ENOMEM beyond it; CAP_IPC_LOCK is exempt.
 *
 * Every request answers -1 and errno on failure. EPERM: the caller is not of the
 * process that opened the file, or has descriptors of its own. ENXIO: not set up.
 */
#ifndef FLEXSC_DEVICE_H
#define FLEXSC_DEVICE_H

#include <linux/ioctl.h>
#include <linux/types.h>

#include "flexsc_abi.h"

#define FLEXSC_DEVICE_PATH	"/dev/flexsc"

/* Most syscall threads of one page set. */
#define FLEXSC_MAX_THREADS	256u

/* Longest spin_us of a syscall thread. */
#define FLEXSC_MAX_SPIN_US	1000000u

/* Slots of the buffer ring: 0 or a power of two up to this. */
#define FLEXSC_MAX_BUFFERS	32768u

/*
 * Makes the page set. In: version, page_count, buffer_ring_capacity. Out:
 * total_bytes, to be mapped shared at offset 0, all of it, not executable.
 * EBUSY when done before; ENOMEM: see above. The memory is charged to the caller's
 * memory cgroup, too. The mapping is never in a child of fork().
 */
struct flexsc_setup {
	__u32	version;		/* FLEXSC_ABI_VERSION, else EINVAL */
	__u32	page_count;		/* 1..FLEXSC_MAX_PAGES */
	__u32	buffer_ring_capacity;
	__u32	flags;			/* 0 */
	__u64	total_bytes;
	__u64	reserved;		/* 0 */
};

/*
 * The calling thread becomes a syscall thread. Returns 0 after
 * FLEXSC_IOC_STOP; EINTR when a signal ended it, or now and then while audit
 * rules are loaded (call again to go on); EPERM under seccomp, or when a call has
 * given the thread descriptors, directories, namespaces or credentials other than
 * it came with; EDEADLK when called through a page, of whatever set; EUSERS beyond
 * FLEXSC_MAX_THREADS; EINVAL when cpu is not one the thread may use. The thread's
 * own core mask is left as it is when cpu is -1, and given back when it was
 * pinned, as far as its cpuset still allows.
 *
 * Threads with the same cpu (-1 is one of them) take turns: one executes, the
 * others stand in when it waits inside a call. To have calls executed side by
 * side, lend threads with different cpus; a second core is woken when more than
 * a handful of entries wait.
 */
struct flexsc_run {
	__s32	cpu;			/* core to run on, or -1 */
	__u32	spin_us;		/* look for work that long before sleeping */
	__u32	flags;			/* 0 */
	__u32	reserved;		/* 0 */
};

/*
 * Kicks the syscall threads if the submission ring holds entries, and sleeps
 * until the completion ring holds min_completions, or min_wait_us have passed
 * and it holds one, or FLEXSC_IOC_WAKE came, or timeout_ns have passed, or a
 * syscall thread is wanted (wants_thread in the control page). Returns the
 * number of completions in the ring. EINTR: a signal.
 *
 * wants_thread stays set until a thread is free, but ends one wait only, so
 * that a program need not count the threads it has started and that are not in
 * yet. No thread is wanted before the first is in.
 */
struct flexsc_wait {
	__u32	min_completions;	/* 0: do not wait, only kick */
	__u32	min_wait_us;		/* 0: no early end */
	__s64	timeout_ns;		/* < 0: none */
};

/* Counters since SETUP. */
struct flexsc_stats {
	__u64	executed;		/* calls made, attempts included */
	__u64	completed;		/* entries completed */
	__u64	refused;		/* calls that were not made, by the errors above */
	__u64	malformed;		/* ring slots that named no submitted entry */
	__u64	polled;			/* waits for readiness armed */
	__u64	handoffs;		/* a thread blocked in a call and another took over */
	__u64	passes;			/* times a thread found work */
	__u64	program_wakeups;	/* sleeping program woken */
	__u64	thread_wakeups;		/* sleeping syscall thread woken */
	__u64	kicks;			/* FLEXSC_IOC_KICK and kicks by FLEXSC_IOC_WAIT */
	__u64	waits;			/* FLEXSC_IOC_WAIT */
	__u64	wakes;			/* FLEXSC_IOC_WAKE */
	__u64	reserved[4];
};

#define FLEXSC_IOC_MAGIC	'F'
#define FLEXSC_IOC_SETUP	_IOWR(FLEXSC_IOC_MAGIC, 0xc0, struct flexsc_setup)
#define FLEXSC_IOC_RUN		_IOW(FLEXSC_IOC_MAGIC, 0xc1, struct flexsc_run)
#define FLEXSC_IOC_KICK		_IO(FLEXSC_IOC_MAGIC, 0xc2)
#define FLEXSC_IOC_WAIT		_IOW(FLEXSC_IOC_MAGIC, 0xc3, struct flexsc_wait)
/* Ends a wait of the program, also one that has yet to begin. */
#define FLEXSC_IOC_WAKE		_IO(FLEXSC_IOC_MAGIC, 0xc4)
/*
 * Every syscall thread leaves, calls that wait are interrupted, entries that
 * wait complete with -ECANCELED; later RUNs return at once. For good.
 */
#define FLEXSC_IOC_STOP		_IO(FLEXSC_IOC_MAGIC, 0xc5)
#define FLEXSC_IOC_STATS	_IOR(FLEXSC_IOC_MAGIC, 0xc6, struct flexsc_stats)

#endif /* FLEXSC_DEVICE_H */
