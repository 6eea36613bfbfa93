/* SPDX-License-Identifier: GPL-2.0-only */
/* main.h - what the files of the fuzzing process share; the fuzzed ones have child.h. */
#ifndef MAIN_H
#define MAIN_H

#include <sys/types.h>

#include "fuzz.h"

#define NS_PER_MS	1000000

struct options {
	uint64_t	seed;
	uint64_t	calls;
	uint64_t	limit_s;
	uint64_t	hang_s;
	uint64_t	milliseconds;	/* a process's life, about */
	const char	*module;
	const char	*parameters;
};

/* options.c: ends the program when the command line makes no sense. */
extern struct options options;
void read_options(int argc, char **argv);

/* main.c */
__attribute__((format(printf, 3, 4)))
void result(bool passed, const char *name, const char *format, ...);
bool ends_until(pid_t keeper, uint64_t until_ms, int *status);

/* aftermath.c */
void try_fresh_page_set(const char *name);
void try_removal(void);

#endif /* MAIN_H */
