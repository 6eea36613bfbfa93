/* SPDX-License-Identifier: GPL-2.0-only */
/* fuzz.h - what the files of the fuzz program share. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../flexsc_abi.h"
#include "../../flexsc_device.h"

/* A stream of choices; one a thread, all from the seed. */
struct random {
	uint64_t	state;
};

static inline uint64_t next_random(struct random *random)
{
	/* xorshift64*: small, and good enough to choose by. */
	random->state ^= random->state >> 12;
	random->state ^= random->state << 25;
	random->state ^= random->state >> 27;
	return random->state * UINT64_C(2685821657736338717);
}

/* 0..limit-1 */
static inline uint64_t below(struct random *random, uint64_t limit)
{
	return (next_random(random) >> 11) % limit;
}

static inline bool one_in(struct random *random, unsigned int n)
{
	return below(random, n) == 0;
}

static inline struct random random_of(uint64_t seed, uint64_t child, uint64_t thread)
{
	struct random random = {
		.state = seed ^ (child + 1) * UINT64_C(0x9e3779b97f4a7c15) ^
			 (thread + 1) * UINT64_C(0xc2b2ae3d27d4eb4f),
	};

	random.state |= 1;
	for (int i = 0; i < 8; i++)
		next_random(&random);
	return random;
}

/* How a fuzzed process ends when it is not killed before. */
enum ending {
	ENDING_EXIT,		/* exit_group with threads inside */
	ENDING_CLOSE_THROUGH_PAGE,
	ENDING_CLOSE,		/* close and munmap, threads inside */
	ENDING_STOP,		/* FLEXSC_IOC_STOP, join, close */
	ENDING_KILLED,		/* it never ends by itself */
	ENDINGS
};

/* RLIMIT_NOFILE of a fuzzed process. */
#define MOST_DESCRIPTORS	256u

/* What a fuzzed process tells its parent; memory shared between the two. */
struct report {
	int32_t			pid;		/* of the fuzzed process, as the fuzz program sees it */
	uint32_t		running;	/* the device is open and set up */
	uint32_t		ended;		/* reached its ending by itself */
	uint64_t		submitted;
	uint64_t		scribbles;
	uint64_t		signals;
	uint64_t		cancels;
	uint64_t		reboots;	/* submitted with arguments that fit, mostly */
	uint64_t		range_closes;
	uint64_t		bad_buffers;	/* slots given that name no usable memory */
	uint64_t		forks;		/* children that tried the descriptor */
	uint64_t		violations;	/* rules of the device that were broken */
	char			violation[160];	/* the first */
	struct flexsc_stats	stats;		/* as last read */
};

struct child_plan {
	uint64_t	seed;
	uint64_t	number;
	uint32_t	milliseconds;	/* until the ending */
	enum ending	ending;
	bool		privileged;
	bool		reckless;	/* may damage its own memory */
	struct report	*report;
};

/* Never returns. */
__attribute__((noreturn))
void run_child(const struct child_plan *plan);

/* What arguments are made of. */
struct material {
	int		*fds;
	unsigned int	fd_count;
	char		*arena;
	size_t		arena_bytes;
	char		*page_set;
	size_t		page_set_bytes;
	bool		reckless;
};

/* Why a call is left out, or NULL. */
const char *excluded(unsigned int number, bool reckless);

/* Prints the excluded calls with the reasons. */
void print_excluded(void);

unsigned int random_number(struct random *random, bool reckless);
uint64_t random_argument(struct random *random, const struct material *material);
void random_arguments(struct random *random, const struct material *material, unsigned int number,
		      uint64_t *arguments);
void fill_arena(struct random *random, const struct material *material);

uint64_t now_ms(void);

#endif /* FUZZ_H */
