/* SPDX-License-Identifier: GPL-2.0-only */
/* A program that uses /dev/flexsc, as small as the checks need it. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"
#include "flexsc_device.h"

#define MOST_THREADS	300

struct program;

struct program_thread {
	struct program	*program;
	pthread_t	thread;
	int		tid;
	int		cpu;
	unsigned int	spin_us;
	bool		once;		/* returns after the first RUN */
	int		result;		/* of RUN: 0 or errno, after done */
	bool		done;
};

struct program {
	int			fd;
	char			*base;
	size_t			bytes;
	struct flexsc_control	*control;
	__u32			*submissions;
	__u32			*completions;
	struct flexsc_entry	*entries;
	struct flexsc_buffer	*buffers;
	__u32			count;
	__u32			generation[FLEXSC_MAX_PAGES * FLEXSC_ENTRIES_PER_PAGE];	/* uses of each entry so far */
	struct program_thread	threads[MOST_THREADS];
	int			thread_count;
};

#define CALL(number, ...)	(number), ARGUMENT_COUNT(__VA_ARGS__), (long[6]){ __VA_ARGS__ }
#define ARGUMENT_COUNT(...)	(sizeof((long[]){ 0, ##__VA_ARGS__ }) / sizeof(long) - 1)

/* FLEXSC_DEVICE_PATH, or a node that another user may open. */
extern const char *device_path;

int open_device(void);
int setup(int fd, unsigned int pages, unsigned int buffers);
struct program *program_open(unsigned int pages, unsigned int buffers);
/* One page, and this many threads without a core of their own. */
struct program *program_with_threads(unsigned int count);
/* The same with one thread. */
struct program *program_start(void);
struct program_thread *program_thread(struct program *program, int cpu, unsigned int spin_us);
struct program_thread *program_thread_once(struct program *program);
/* Fills an entry; it is not in the ring yet. */
void fill(struct program *program, __u32 index, int flags, int number, int count,
	  const long *arguments);
void publish(struct program *program, __u32 index);
void kick_if_asked(struct program *program);
/* fill, publish. */
void enqueue(struct program *program, __u32 index, int flags, int number, int count,
	     const long *arguments);
/* enqueue, kick. */
void submit(struct program *program, __u32 index, int flags, int number, int count,
	    const long *arguments);
int wait_for(struct program *program, unsigned int completions, long long timeout_ns);
/* Takes one completion from the ring; -1 when there is none. */
int reap(struct program *program);
/* Waits for the next completion, and takes it. */
int reap_next(struct program *program);
/* Waits until the next completion, which has to be this entry's. */
long long finish(struct program *program, __u32 index);
/* The same for two entries, in whatever order. */
void finish_both(struct program *program, __u32 first, __u32 second);
/* Submits and finishes. */
long long call_at(struct program *program, __u32 index, int flags, int number, int count,
		  const long *arguments);
/* The same as entry 0. */
long long call(struct program *program, int flags, int number, int count,
	       const long *arguments);
void give_buffer(struct program *program, void *address, __u32 bytes, __u32 id);
struct flexsc_stats stats(struct program *program);
__u64 token(struct program *program, __u32 index);
bool has_status(struct program *program, __u32 index, __u32 status);
void wait_thread_state(int tid, char state);
void wait_threads_in(struct program *program, __u32 count);

#endif /* PROGRAM_H */
