// SPDX-License-Identifier: GPL-2.0-only
/*
 * uring.c - the nearest thing io_uring has: IORING_OP_NOP, which passes through
 * the rings and does nothing. getpid is no operation of io_uring.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <linux/io_uring.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "batch.h"

/* How long the kernel's polling thread looks before it sleeps. */
#define SQPOLL_IDLE_MS	1000u

static struct {
	int			fd;
	bool			polled;		/* SQPOLL: a kernel thread takes submissions */
	void			*rings;
	size_t			ring_bytes;
	struct io_uring_sqe	*sqes;
	size_t			sqe_bytes;
	uint32_t		*sq_tail, *sq_flags, *sq_array;
	uint32_t		*cq_head, *cq_tail;
	struct io_uring_cqe	*cqes;
	uint32_t		sq_mask, cq_mask;
	uint64_t		enters;
	uint64_t		completed;
} ring;

static void *map(size_t bytes, uint64_t offset)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring.fd,
			    offset);

	if (memory == MAP_FAILED)
		die("mmap of the ring: %s", strerror(errno));
	return memory;
}

static void *at(uint32_t offset)
{
	return (char *)ring.rings + offset;
}

static void start(struct io_uring_params *params, const char *what)
{
	size_t sq_bytes, cq_bytes;

	memset(&ring, 0, sizeof(ring));
	ring.fd = syscall(SYS_io_uring_setup, MAX_BATCH, params);
	if (ring.fd < 0)
		die("io_uring_setup with %s: %s (Linux 6.1 or newer, not barred by "
		    "kernel.io_uring_disabled or seccomp?)", what, strerror(errno));
	if (!(params->features & IORING_FEAT_SINGLE_MMAP))
		die("io_uring without IORING_FEAT_SINGLE_MMAP: Linux older than 5.4");

	sq_bytes = params->sq_off.array + params->sq_entries * sizeof(uint32_t);
	cq_bytes = params->cq_off.cqes + params->cq_entries * sizeof(struct io_uring_cqe);
	ring.ring_bytes = sq_bytes > cq_bytes ? sq_bytes : cq_bytes;
	ring.rings = map(ring.ring_bytes, IORING_OFF_SQ_RING);
	ring.sqe_bytes = params->sq_entries * sizeof(struct io_uring_sqe);
	ring.sqes = map(ring.sqe_bytes, IORING_OFF_SQES);

	ring.polled = params->flags & IORING_SETUP_SQPOLL;
	ring.sq_tail = at(params->sq_off.tail);
	ring.sq_flags = at(params->sq_off.flags);
	ring.sq_array = at(params->sq_off.array);
	ring.sq_mask = *(uint32_t *)at(params->sq_off.ring_mask);
	ring.cq_head = at(params->cq_off.head);
	ring.cq_tail = at(params->cq_off.tail);
	ring.cqes = at(params->cq_off.cqes);
	ring.cq_mask = *(uint32_t *)at(params->cq_off.ring_mask);
	for (uint32_t i = 0; i < params->sq_entries; i++)
		ring.sq_array[i] = i;
}

static void start_same_core(const struct arrangement *arrangement, int own_core, int other_core)
{
	struct io_uring_params params = {
		.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
	};

	(void)arrangement;
	(void)own_core;
	(void)other_core;
	start(&params, "SINGLE_ISSUER and DEFER_TASKRUN");
}

static void start_other_core(const struct arrangement *arrangement, int own_core, int other_core)
{
	struct io_uring_params params = {
		.flags = IORING_SETUP_SQPOLL | IORING_SETUP_SQ_AFF,
		.sq_thread_cpu = other_core,
		.sq_thread_idle = SQPOLL_IDLE_MS,
	};

	(void)arrangement;
	(void)own_core;
	start(&params, "SQPOLL");
}

static void enter(unsigned int submit, unsigned int wait_for, unsigned int flags)
{
	ring.enters++;
	if (syscall(SYS_io_uring_enter, ring.fd, submit, wait_for, flags, NULL, 0) < 0 &&
	    errno != EINTR)
		die("io_uring_enter: %s", strerror(errno));
}

static unsigned int reap(void)
{
	uint32_t head = *ring.cq_head;
	uint32_t tail = __atomic_load_n(ring.cq_tail, __ATOMIC_ACQUIRE);
	unsigned int count = tail - head;

	for (; head != tail; head++) {
		const struct io_uring_cqe *cqe = &ring.cqes[head & ring.cq_mask];

		if (cqe->res)
			die("IORING_OP_NOP answered %d", cqe->res);
	}
	__atomic_store_n(ring.cq_head, head, __ATOMIC_RELEASE);
	ring.completed += count;
	return count;
}

static void round_of(unsigned int batch)
{
	uint32_t tail = *ring.sq_tail;
	unsigned int ended = 0;

	for (unsigned int i = 0; i < batch; i++) {
		struct io_uring_sqe *sqe = &ring.sqes[tail++ & ring.sq_mask];

		memset(sqe, 0, sizeof(*sqe));
		sqe->opcode = IORING_OP_NOP;
		sqe->user_data = i;
	}
	__atomic_store_n(ring.sq_tail, tail, __ATOMIC_RELEASE);

	if (!ring.polled) {
		enter(batch, batch, IORING_ENTER_GETEVENTS);
		while ((ended += reap()) < batch)
			enter(0, batch - ended, IORING_ENTER_GETEVENTS);
		return;
	}
	/* The polling thread raises the flag and looks at the tail once more. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(ring.sq_flags, __ATOMIC_RELAXED) & IORING_SQ_NEED_WAKEUP)
		enter(batch, 0, IORING_ENTER_SQ_WAKEUP);
	while ((ended += reap()) < batch)
		;
}

static struct counts counts(void)
{
	return (struct counts){
		.traps = ring.enters,
		.executed = ring.completed,
		.handoffs = NOT_KNOWN,
		.thread_wakeups = NOT_KNOWN,
		.program_wakeups = NOT_KNOWN,
	};
}

static void stop(void)
{
	munmap(ring.sqes, ring.sqe_bytes);
	munmap(ring.rings, ring.ring_bytes);
	close(ring.fd);
}

static const struct arrangement arrangements[] = {
	{ "same core: one io_uring_enter a batch (DEFER_TASKRUN)", false, start_same_core, round_of,
	  counts, stop },
	{ "other core: SQPOLL, the program spins", true, start_other_core, round_of, counts, stop },
};

const struct backend uring_backend = {
	.name = "io-uring",
	.call = "IORING_OP_NOP (not getpid: io_uring has no operation for it)",
	.trap = "enters",
	.arrangements = arrangements,
	.arrangement_count = sizeof(arrangements) / sizeof(*arrangements),
};
