// SPDX-License-Identifier: MIT
/*
 * flexsc_threads.c - the life of a page set: the device, the mapping, the
 * syscall threads, the teardown.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "flexsc_internal.h"

#define DEFAULT_PAGES		1u
#define DEFAULT_THREADS		1u
#define DEFAULT_MAX_THREADS	64u
#define DEFAULT_TEARDOWN_MS	2000u
#define DEFAULT_MAX_TIMERS	4096u

/* A syscall thread needs no stack to speak of: it is in the kernel. */
#define THREAD_STACK_BYTES	(64u * 1024u)

/*
 * The device pins to a core the thread may use already, and this one has the
 * mask of the thread that started it, which may be pinned elsewhere.
 */
static int pin(const struct flexsc *flexsc)
{
	cpu_set_t core;

	if (!flexsc->config.pinned)
		return 0;
	CPU_ZERO(&core);
	CPU_SET(flexsc->config.cpu, &core);
	return sched_setaffinity(0, sizeof(core), &core) ? -errno : 0;
}

static int request_run(struct flexsc *flexsc)
{
	struct flexsc_run run = {
		.cpu = flexsc->config.pinned ? flexsc->config.cpu : -1,
		.spin_us = flexsc->config.spin_us,
	};

	/* EINTR: a signal that libc keeps for itself; the thread goes on. */
	while (ioctl(flexsc->fd, FLEXSC_IOC_RUN, &run) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return 0;
}

static void *syscall_thread(void *arg)
{
	struct flexsc *flexsc = arg;
	int error;

	pthread_setname_np(pthread_self(), "flexsc");
	error = pin(flexsc);
	if (!error)
		error = request_run(flexsc);
	if (error)
		__atomic_store_n(&flexsc->thread_error, error, __ATOMIC_RELAXED);
	__atomic_sub_fetch(&flexsc->live_threads, 1, __ATOMIC_RELEASE);
	/* The loop may wait for calls that nobody executes any more. */
	ioctl(flexsc->fd, FLEXSC_IOC_WAKE);
	return NULL;
}

/*
 * Signals are for the program's own threads, so they are blocked here, before
 * the thread exists. pthread_sigmask() leaves out those that libc sends itself
 * (glibc: 32 and 33), and it has to be so: setuid() sends one to every thread
 * and waits until each has run the handler.
 */
static int start_thread(struct flexsc *flexsc)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	int error;

	error = pthread_attr_init(&attributes);
	if (error)
		return -error;
	error = pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
	if (error)
		goto out;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	__atomic_add_fetch(&flexsc->live_threads, 1, __ATOMIC_RELAXED);
	error = pthread_create(&flexsc->threads[flexsc->thread_count], &attributes,
			       syscall_thread, flexsc);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error) {
		__atomic_sub_fetch(&flexsc->live_threads, 1, __ATOMIC_RELAXED);
		goto out;
	}
	flexsc->thread_count++;
	flexsc->counts.threads++;
out:
	pthread_attr_destroy(&attributes);
	return -error;
}

int flexsc_tend_threads(struct flexsc *flexsc)
{
	if (!__atomic_load_n(&flexsc->live_threads, __ATOMIC_ACQUIRE)) {
		int error = __atomic_load_n(&flexsc->thread_error, __ATOMIC_RELAXED);

		return error ? error : -ESHUTDOWN;
	}
	if (!__atomic_load_n(&flexsc->control->wants_thread, __ATOMIC_RELAXED))
		return 0;
	/* At the bound, or when none can be started, calls wait for a blocked one. */
	if (flexsc->thread_count == flexsc->config.max_threads || start_thread(flexsc))
		flexsc->counts.threads_denied++;
	return 0;
}

static int check_config(struct flexsc_config *config)
{
	if (!config->pages)
		config->pages = DEFAULT_PAGES;
	if (!config->threads)
		config->threads = DEFAULT_THREADS;
	if (!config->max_threads)
		config->max_threads = DEFAULT_MAX_THREADS;
	if (!config->teardown_ms)
		config->teardown_ms = DEFAULT_TEARDOWN_MS;
	if (!config->max_timers)
		config->max_timers = DEFAULT_MAX_TIMERS;
	if (config->pages > FLEXSC_MAX_PAGES || config->max_threads > FLEXSC_MAX_THREADS ||
	    config->threads > config->max_threads || config->teardown_ms > INT_MAX ||
	    config->spin_us > FLEXSC_MAX_SPIN_US || config->max_timers > FLEXSC_MAX_TIMERS ||
	    (config->pinned && (config->cpu < 0 || config->cpu >= CPU_SETSIZE)))
		return -EINVAL;
	return 0;
}

static int map_pages(struct flexsc *flexsc)
{
	struct flexsc_setup setup = {
		.version = FLEXSC_ABI_VERSION,
		.page_count = flexsc->config.pages,
	};
	struct flexsc_control *control;

	flexsc->fd = open(FLEXSC_DEVICE_PATH, O_RDWR | O_CLOEXEC);
	if (flexsc->fd < 0)
		return -errno;
	if (ioctl(flexsc->fd, FLEXSC_IOC_SETUP, &setup) < 0)
		return -errno;
	control = mmap(NULL, setup.total_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, flexsc->fd, 0);
	if (control == MAP_FAILED)
		return -errno;

	flexsc->control = control;
	flexsc->mapped_bytes = setup.total_bytes;
	if (control->magic != FLEXSC_ABI_MAGIC || control->version != FLEXSC_ABI_VERSION)
		return -EINVAL;
	flexsc->entry_count = control->entry_count;
	flexsc->ring_mask = control->ring_mask;
	flexsc->submission_slots = (void *)((char *)control + control->submission_ring_offset);
	flexsc->completion_slots = (void *)((char *)control + control->completion_ring_offset);
	flexsc->entries = (void *)((char *)control + control->pages_offset);
	return 0;
}

static int make_tables(struct flexsc *flexsc)
{
	flexsc->slots = calloc(flexsc->entry_count, sizeof(*flexsc->slots));
	flexsc->free_indexes = calloc(flexsc->entry_count, sizeof(*flexsc->free_indexes));
	flexsc->threads = calloc(flexsc->config.max_threads, sizeof(*flexsc->threads));
	if (!flexsc->slots || !flexsc->free_indexes || !flexsc->threads)
		return -ENOMEM;
	/* The first to be taken is entry 0. */
	for (uint32_t index = flexsc->entry_count; index-- > 0;)
		flexsc->free_indexes[flexsc->free_count++] = index;
	return 0;
}

static void release(struct flexsc *flexsc)
{
	if (flexsc->control)
		munmap(flexsc->control, flexsc->mapped_bytes);
	if (flexsc->fd >= 0)
		close(flexsc->fd);
	free(flexsc->timers);
	free(flexsc->threads);
	free(flexsc->free_indexes);
	free(flexsc->slots);
	free(flexsc);
}

/* Joins the threads that leave before the deadline; -ETIMEDOUT when some do not. */
static int join_threads(struct flexsc *flexsc, int64_t deadline_ns)
{
	while (flexsc->thread_count) {
		int64_t left_ns = deadline_ns - flexsc_now_ns();
		struct timespec until;

		/* The function takes the wall clock only. */
		clock_gettime(CLOCK_REALTIME, &until);
		if (left_ns > 0) {
			left_ns += until.tv_nsec;
			until.tv_sec += left_ns / (1000 * NS_PER_MS);
			until.tv_nsec = left_ns % (1000 * NS_PER_MS);
		}
		if (pthread_timedjoin_np(flexsc->threads[flexsc->thread_count - 1], NULL, &until))
			return -ETIMEDOUT;
		flexsc->thread_count--;
	}
	return 0;
}

/*
 * Whether a syscall thread may run at all (seccomp) is known only to its RUN,
 * so one call goes through before the page set is handed out.
 */
static int try_one_call(struct flexsc *flexsc)
{
	int64_t error = flexsc_call(flexsc, flexsc->config.teardown_ms * NS_PER_MS, 0,
				    FLEXSC_NR_NOP, 0, NULL);

	flexsc->counts = (struct flexsc_counts){ .threads = flexsc->counts.threads };
	return error;
}

static int64_t deadline(const struct flexsc *flexsc)
{
	return flexsc_now_ns() + flexsc->config.teardown_ms * NS_PER_MS;
}

int flexsc_create(struct flexsc **out, const struct flexsc_config *config)
{
	struct flexsc *flexsc;
	int error;

	*out = NULL;
	flexsc = calloc(1, sizeof(*flexsc));
	if (!flexsc)
		return -ENOMEM;
	flexsc->fd = -1;
	flexsc->deferred_end = &flexsc->deferred;
	flexsc->ignored.callback = flexsc_ignore;
	if (config)
		flexsc->config = *config;

	error = check_config(&flexsc->config);
	if (!error)
		error = map_pages(flexsc);
	if (!error)
		error = make_tables(flexsc);
	while (!error && flexsc->thread_count < flexsc->config.threads)
		error = start_thread(flexsc);
	if (!error)
		error = try_one_call(flexsc);
	if (!error) {
		*out = flexsc;
		return 0;
	}

	if (flexsc->thread_count) {
		ioctl(flexsc->fd, FLEXSC_IOC_STOP);
		/* A thread that stays needs the memory, so it stays too. */
		if (join_threads(flexsc, deadline(flexsc)))
			return error;
	}
	release(flexsc);
	return error;
}

static void cancel_all(struct flexsc *flexsc)
{
	for (uint32_t index = 0; index < flexsc->entry_count; index++) {
		struct flexsc_slot *slot = &flexsc->slots[index];

		/* No entry free: the next turn frees some. */
		if (slot->cb && slot->cb != &flexsc->ignored && !slot->cancelled &&
		    flexsc_cancel(flexsc, slot->cb))
			return;
	}
}

/* Runs what has ended already, and the rest as cancelled: nobody executes it now. */
static void end_callbacks(struct flexsc *flexsc)
{
	while (flexsc_ended(flexsc) && flexsc_run_callbacks(flexsc) >= 0)
		;
	flexsc->callback_frame = __builtin_frame_address(0);
	for (uint32_t index = 0; index < flexsc->entry_count; index++) {
		struct flexsc_cb *cb = flexsc->slots[index].cb;

		flexsc->slots[index].cb = NULL;
		if (!cb)
			continue;
		flexsc->in_flight--;
		cb->ret = -ECANCELED;
		cb->callback(cb);
	}
}

int flexsc_destroy(struct flexsc *flexsc)
{
	int64_t half_ns = flexsc->config.teardown_ms * NS_PER_MS / 2;
	int64_t cancel_until_ns = flexsc_now_ns() + half_ns;
	int64_t left_ns = half_ns;

	if (flexsc->callback_frame)
		return -EBUSY;
	flexsc->closing = true;
	flexsc_stop_timers(flexsc);
	while (flexsc_in_flight(flexsc) && left_ns > 0) {
		cancel_all(flexsc);
		if (flexsc_turn(flexsc, 1, left_ns) < 0)
			break;
		left_ns = cancel_until_ns - flexsc_now_ns();
	}

	/* What no cancel has reached, since every thread is blocked: their RUN ends. */
	ioctl(flexsc->fd, FLEXSC_IOC_STOP);
	if (join_threads(flexsc, flexsc_now_ns() + half_ns))
		return -ETIMEDOUT;
	end_callbacks(flexsc);
	release(flexsc);
	return 0;
}

const char *flexsc_remedy(int error)
{
	switch (error) {
	case -ENOENT:
	case -ENODEV:
	case -ENXIO:
		return "open " FLEXSC_DEVICE_PATH ": not there. Load the module: modprobe flexsc";
	case -EACCES:
		return "open " FLEXSC_DEVICE_PATH ": not allowed. Add the user to the device's group "
		       "(flexsc) and log in again";
	case -EPERM:
		return "FLEXSC_IOC_RUN: refused, the process runs under a seccomp filter, which calls "
		       "through a page would go around. Use io_uring or ordinary calls";
	case -EINVAL:
		return "FLEXSC_IOC_SETUP or _RUN: a size, time or core is out of range, or the module "
		       "speaks another ABI version. Install module and library of one release";
	case -ENOMEM:
		return "FLEXSC_IOC_SETUP: no memory for the pages. Ask for fewer pages, or raise the "
		       "memory limit of the cgroup";
	case -EAGAIN:
		return "pthread_create: no more threads for this user. Raise ulimit -u or the cgroup's "
		       "pids.max, or ask for fewer threads";
	case -EUSERS:
		return "FLEXSC_IOC_RUN: the page set has all the threads it may have. Ask for fewer";
	default:
		return "unexpected error of " FLEXSC_DEVICE_PATH ": see the kernel's log (dmesg)";
	}
}
