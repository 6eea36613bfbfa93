/* SPDX-License-Identifier: GPL-2.0-only */
/* child.h - what the files of a fuzzed process share: there is one of it in a process. */
#ifndef CHILD_H
#define CHILD_H

#include <sys/types.h>

#include "fuzz.h"

#define MAX_SCRIBBLERS		2u
#define MAX_THREADS		24u

extern const struct child_plan *plan;
extern struct report *report;
extern struct material material;
extern struct flexsc_setup setup;
extern int device;
extern dev_t device_number;
extern char *memory;			/* the mapping; a copy that is never shared */
/* Where things are by the layout, not by what the scribbled control page says. */
extern uint32_t entry_count, pages_offset;
extern pid_t thread_ids[MAX_THREADS];	/* 0: not in RUN */

static inline struct flexsc_entry *entry_at(uint32_t index)
{
	return (struct flexsc_entry *)(memory + pages_offset) + index;
}

/* child.c */
void violation(const char *what);

/* attacks.c: the first two are threads */
void *scribbler(void *arg);
void *signaller(void *arg);
void fork_once(void);

/* material.c */
void add_fd(int fd);
void open_material(void);
void confine(void);

#endif /* CHILD_H */
