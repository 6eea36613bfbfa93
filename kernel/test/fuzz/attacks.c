// SPDX-License-Identifier: GPL-2.0-only
/*
 * attacks.c - what disturbs a fuzzed process from within: torn writes into the
 * shared memory, signals for the syscall threads, use of the device by a child.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "child.h"

/*
 * Torn writes: any field at any time, also of an entry that is being taken.
 * Numbers come from the same choice, so that no excluded one gets in.
 */
static void scribble_entry(struct random *random)
{
	struct flexsc_entry *entry = entry_at(below(random, entry_count));

	switch (below(random, 6)) {
	case 0:
		entry->status = one_in(random, 4) ? next_random(random) : below(random, 4);
		break;
	case 1:
		entry->number = random_number(random, plan->reckless);
		break;
	case 2:
		entry->argument_count = next_random(random);
		break;
	case 3:
		entry->flags = next_random(random);
		break;
	case 4:
		entry->result = next_random(random);
		break;
	default:
		entry->arguments[below(random, FLEXSC_MAX_ARGUMENTS)] =
			random_argument(random, &material);
		break;
	}
}

/* Everything in front of the entries: control page and rings. */
static void scribble_rings(struct random *random)
{
	uint32_t *words = (uint32_t *)memory;
	uint32_t word = below(random, one_in(random, 2) ? FLEXSC_PAGE_BYTES / 4 : pages_offset / 4);

	words[word] = one_in(random, 2) ? below(random, 2 * entry_count) : next_random(random);
}

void *scribbler(void *arg)
{
	struct random random = random_of(plan->seed, plan->number, 200 + (uintptr_t)arg);
	/* Where rings are wrecked little is executed, so in most processes they are not. */
	bool rings = plan->number % 4 == 3;
	struct timespec pause = { 0 };

	for (;;) {
		unsigned int burst = 1 + below(&random, 64);

		for (unsigned int i = 0; i < burst; i++) {
			if (rings && one_in(&random, 4))
				scribble_rings(&random);
			else
				scribble_entry(&random);
		}
		__atomic_fetch_add(&report->scribbles, burst, __ATOMIC_RELAXED);
		/* Two cores are to execute calls, too. */
		pause.tv_nsec = below(&random, 100000);
		nanosleep(&pause, NULL);
	}
	return NULL;
}

void *signaller(void *arg)
{
	struct random random = random_of(plan->seed, plan->number, 300);

	(void)arg;
	for (;;) {
		struct timespec pause = { .tv_nsec = 100000 + below(&random, 5000000) };
		pid_t id = __atomic_load_n(&thread_ids[below(&random, MAX_THREADS)],
					   __ATOMIC_ACQUIRE);

		if (id && !syscall(SYS_tgkill, getpid(), id, SIGUSR1))
			__atomic_fetch_add(&report->signals, 1, __ATOMIC_RELAXED);
		nanosleep(&pause, NULL);
	}
	return NULL;
}

/*
 * The page may have closed the device and put another file in its place. What
 * that answers to a request says nothing: a userfaultfd answers EINVAL.
 */
static bool is_device(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISCHR(status.st_mode) &&
	       status.st_rdev == device_number;
}

/* A child that inherited the descriptor may do nothing with it, and has no mapping. */
static void try_from_forked_child(void)
{
	struct flexsc_setup again = { .version = FLEXSC_ABI_VERSION, .page_count = 1 };
	struct flexsc_run run = { .cpu = -1 };
	struct flexsc_wait wait = { .timeout_ns = 0 };
	struct flexsc_stats stats;
	const struct {
		const char	*name;
		unsigned long	request;
		void		*argument;
	} requests[] = {
		{ "SETUP", FLEXSC_IOC_SETUP, &again }, { "RUN", FLEXSC_IOC_RUN, &run },
		{ "KICK", FLEXSC_IOC_KICK, NULL }, { "WAIT", FLEXSC_IOC_WAIT, &wait },
		{ "WAKE", FLEXSC_IOC_WAKE, NULL }, { "STOP", FLEXSC_IOC_STOP, NULL },
		{ "STATS", FLEXSC_IOC_STATS, &stats },
	};
	char what[100];
	int fds[2];

	if (!is_device(device))
		return;
	for (unsigned int i = 0; i < sizeof(requests) / sizeof(*requests); i++) {
		errno = 0;
		if (ioctl(device, requests[i].request, requests[i].argument) == -1 && errno == EPERM)
			continue;
		snprintf(what, sizeof(what), "%s in a forked child: errno %d, not EPERM",
			 requests[i].name, errno);
		violation(what);
	}
	if (mmap(NULL, 4096, PROT_READ, MAP_SHARED, device, 0) != MAP_FAILED)
		violation("mmap in a forked child succeeded");
	if (pipe(fds) == 0 && (write(fds[1], memory, 1) != -1 || errno != EFAULT) && !plan->reckless)
		violation("the mapping is there in a forked child");
}

void fork_once(void)
{
	pid_t child = fork();

	if (child < 0)
		return;
	if (!child) {
		try_from_forked_child();
		_exit(0);
	}
	__atomic_fetch_add(&report->forks, 1, __ATOMIC_RELAXED);
	/* The fuzzed calls may have reaped it. */
	waitpid(child, NULL, 0);
}
