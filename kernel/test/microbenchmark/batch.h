/* SPDX-License-Identifier: GPL-2.0-only */
/* batch.h - what the microbenchmark's backends have in common. */
#ifndef BATCH_H
#define BATCH_H

#include <stdbool.h>
#include <stdint.h>

#define MAX_BATCH	64u

/* Counted, not timed; NOT_KNOWN where a backend cannot tell. */
struct counts {
	uint64_t	traps;			/* into the kernel, by the program */
	uint64_t	executed;
	uint64_t	handoffs;
	uint64_t	thread_wakeups;
	uint64_t	program_wakeups;
};

#define NOT_KNOWN	UINT64_MAX

/*
 * One way to lay program and executor out. start() ends the program with a
 * message when it cannot; round() submits a batch and returns when it has ended.
 */
struct arrangement {
	const char	*name;
	bool		other_core;
	void		(*start)(const struct arrangement *arrangement, int own_core, int other_core);
	void		(*round)(unsigned int batch);
	struct counts	(*counts)(void);
	void		(*stop)(void);
};

struct backend {
	const char			*name;
	const char			*call;		/* what an entry does */
	const char			*trap;		/* the program's way into the kernel */
	const struct arrangement	*arrangements;
	unsigned int			arrangement_count;
};

extern const struct backend device_backend;
extern const struct backend uring_backend;

__attribute__((format(printf, 1, 2), noreturn))
void die(const char *format, ...);

#endif /* BATCH_H */
