// SPDX-License-Identifier: GPL-2.0-only
/* aftermath.c - what has to work as ever once the fuzzed processes are gone. */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "main.h"

static void *run_thread(void *arg)
{
	struct flexsc_run run = { .cpu = -1 };

	ioctl(*(int *)arg, FLEXSC_IOC_RUN, &run);
	return NULL;
}

static const char *one_getpid(void)
{
	struct flexsc_setup setup = { .version = FLEXSC_ABI_VERSION, .page_count = 1 };
	struct flexsc_wait wait = { .min_completions = 1, .timeout_ns = -1 };
	struct flexsc_control *control;
	struct flexsc_entry *entry;
	pthread_t thread;
	int device = open(FLEXSC_DEVICE_PATH, O_RDWR);
	char *memory;

	if (device < 0 || ioctl(device, FLEXSC_IOC_SETUP, &setup))
		return "open or SETUP";
	memory = mmap(NULL, setup.total_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, device, 0);
	if (memory == MAP_FAILED)
		return "mmap";
	control = (void *)memory;
	entry = (void *)(memory + control->pages_offset);
	entry->number = SYS_getpid;
	__atomic_store_n(&entry->status, FLEXSC_STATUS_SUBMIT, __ATOMIC_RELEASE);
	((uint32_t *)(memory + control->submission_ring_offset))[0] = 0;
	__atomic_store_n(&control->submission.tail, 1, __ATOMIC_RELEASE);
	if (pthread_create(&thread, NULL, run_thread, &device))
		return "pthread_create";
	while (!__atomic_load_n(&control->completion.tail, __ATOMIC_ACQUIRE)) {
		if (ioctl(device, FLEXSC_IOC_WAIT, &wait) < 0)
			return "WAIT";
	}
	return entry->result == getpid() ? NULL : "the result of getpid";
}

/* A well-behaved process afterwards is served as ever. */
void try_fresh_page_set(const char *name)
{
	const char *wrong;
	int status = 0;
	pid_t child = fork();

	if (!child) {
		wrong = one_getpid();
		if (wrong)
			printf("# %s is wrong: %s\n", wrong, strerror(errno));
		fflush(stdout);
		_exit(!!wrong);
	}
	if (child < 0 || !ends_until(child, now_ms() + options.hang_s * 1000, &status)) {
		kill(child, SIGKILL);
		result(false, name, "a fresh process hangs");
		return;
	}
	result(status == 0, name, "a fresh process and its getpid through a page");
}

/* Open files are released a moment after the last process has gone. */
static int remove_module(void)
{
	uint64_t until_ms = now_ms() + options.hang_s * 1000;
	const struct timespec pause = { .tv_nsec = 10 * NS_PER_MS };

	while (syscall(SYS_delete_module, "flexsc", O_NONBLOCK)) {
		if ((errno != EAGAIN && errno != EBUSY) || now_ms() >= until_ms)
			return -errno;
		nanosleep(&pause, NULL);
	}
	return 0;
}

void try_removal(void)
{
	int error = remove_module();
	int fd;

	if (error) {
		result(false, "rmmod-after", "refused: %s", strerror(-error));
		return;
	}
	fd = open(options.module, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || syscall(SYS_finit_module, fd, options.parameters, 0)) {
		result(false, "rmmod-after", "loading %s again: %s", options.module,
		       strerror(errno));
		return;
	}
	close(fd);
	result(true, "rmmod-after", "removed and loaded again");
	try_fresh_page_set("fresh-after-rmmod");
}
