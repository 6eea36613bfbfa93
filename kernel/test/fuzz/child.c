// SPDX-License-Identifier: GPL-2.0-only
/*
 * child.c - one fuzzed process: syscall threads inside the kernel, a thread
 * that submits random entries, the threads of attacks.c, and an ending.
 *
 * The seed fixes what each thread chooses, not how the threads interleave.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "child.h"

#define MAX_PAGES		4u
#define BUFFERS			16u

#define WAIT_NS			2000000

const struct child_plan *plan;
struct report *report;
struct material material;
struct flexsc_setup setup;
int device;
dev_t device_number;
char *memory;
uint32_t entry_count, pages_offset;
static uint32_t ring_mask, submission_offset, buffers_offset;

pid_t thread_ids[MAX_THREADS];
static unsigned int thread_count;

static struct flexsc_control *control(void)
{
	return (struct flexsc_control *)memory;
}

void violation(const char *what)
{
	if (__atomic_fetch_add(&report->violations, 1, __ATOMIC_RELAXED) == 0)
		snprintf(report->violation, sizeof(report->violation), "%s", what);
}

static void on_signal(int signal)
{
	(void)signal;
}

static void *syscall_thread(void *arg)
{
	unsigned int number = (uintptr_t)arg;
	struct random random = random_of(plan->seed, plan->number, 100 + number);
	struct flexsc_run run = {
		.cpu = one_in(&random, 2) ? -1 : (int)below(&random, 2),
		.spin_us = one_in(&random, 2) ? 0 : below(&random, 200),
	};
	unsigned int failures = 0;

	__atomic_store_n(&thread_ids[number], gettid(), __ATOMIC_RELEASE);
	/* Ends by STOP (0) or when the device is gone; a signal is EINTR. */
	while (ioctl(device, FLEXSC_IOC_RUN, &run) < 0) {
		if (errno == EBADF || errno == EPERM || errno == ENOTTY || errno == ENXIO ||
		    (errno != EINTR && ++failures == 16))
			break;
		if (one_in(&random, 64))
			break;
	}
	__atomic_store_n(&thread_ids[number], 0, __ATOMIC_RELEASE);
	return NULL;
}

static bool start(void *(*function)(void *), uintptr_t number)
{
	pthread_attr_t attributes;
	pthread_t thread;
	bool started;

	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, 64 * 1024);
	started = !pthread_create(&thread, &attributes, function, (void *)number);
	pthread_attr_destroy(&attributes);
	return started;
}

static void start_syscall_thread(void)
{
	if (thread_count < MAX_THREADS && start(syscall_thread, thread_count))
		thread_count++;
}

static void write_entry(struct random *random, uint32_t index)
{
	struct flexsc_entry *entry = entry_at(index);
	uint64_t arguments[FLEXSC_MAX_ARGUMENTS];

	entry->number = random_number(random, plan->reckless);
	entry->argument_count = one_in(random, 16) ? below(random, 256) : below(random, 7);
	entry->flags = !one_in(random, 4) ? 0 : one_in(random, 8) ? below(random, 256) :
		       one_in(random, 2) ? FLEXSC_ENTRY_PROVIDED_BUFFER : (1u << below(random, 5));
	random_arguments(random, &material, entry->number, arguments);
	for (unsigned int i = 0; i < FLEXSC_MAX_ARGUMENTS; i++)
		entry->arguments[i] = arguments[i];
	if (entry->number == SYS_reboot)
		__atomic_fetch_add(&report->reboots, 1, __ATOMIC_RELAXED);
	if (entry->number == SYS_close_range)
		__atomic_fetch_add(&report->range_closes, 1, __ATOMIC_RELAXED);
	if (entry->number == FLEXSC_NR_CANCEL) {
		__atomic_fetch_add(&report->cancels, 1, __ATOMIC_RELAXED);
		if (!one_in(random, 8))
			entry->arguments[0] = (1 + below(random, 40)) << FLEXSC_TOKEN_INDEX_BITS |
					      below(random, entry_count);
	}
}

static void publish(struct random *random, uint32_t tail, uint32_t index)
{
	uint32_t *slots = (uint32_t *)(memory + submission_offset);

	slots[tail & ring_mask] = one_in(random, 64) ? next_random(random) : index;
}

/* Writes a batch into entries that are not being executed, mostly. */
static void submit_batch(struct random *random, uint32_t *tail)
{
	unsigned int batch = 1 + below(random, 32);

	for (unsigned int i = 0; i < batch; i++) {
		uint32_t index = below(random, entry_count);
		uint32_t status = __atomic_load_n(&entry_at(index)->status, __ATOMIC_ACQUIRE);

		if ((status == FLEXSC_STATUS_SUBMIT || status == FLEXSC_STATUS_BUSY) &&
		    !one_in(random, 32))
			continue;
		write_entry(random, index);
		__atomic_store_n(&entry_at(index)->status, FLEXSC_STATUS_SUBMIT, __ATOMIC_RELEASE);
		publish(random, (*tail)++, index);
		report->submitted++;
	}
	__atomic_store_n(&control()->submission.tail, *tail, __ATOMIC_RELEASE);
}

/*
 * Gives buffers anew, whether or not the last were used. In a bad one the
 * address and the bytes are whatever an argument may be, as they become one.
 */
static void give_buffers(struct random *random)
{
	struct flexsc_buffer *slots = (void *)(memory + buffers_offset);
	uint32_t tail = control()->buffers.tail;

	for (unsigned int i = 1 + below(random, BUFFERS); i > 0; i--) {
		struct flexsc_buffer *slot = &slots[tail++ % BUFFERS];
		bool bad = one_in(random, 2);

		slot->address = bad ? random_argument(random, &material) :
				(uint64_t)(material.arena + below(random, BUFFERS) * 4096);
		slot->bytes = bad ? random_argument(random, &material) : 4096;
		slot->id = next_random(random);
		report->bad_buffers += bad;
	}
	/* Now and then a tail that runs away. */
	__atomic_store_n(&control()->buffers.tail, one_in(random, 32) ? next_random(random) : tail,
			 __ATOMIC_RELEASE);
}

/* Completions are thrown away; the ring's head follows its tail. */
static void discard_completions(void)
{
	struct flexsc_ring *ring = &control()->completion;

	__atomic_store_n(&ring->head, __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE),
			 __ATOMIC_RELEASE);
}

/* Whether the device is still there. */
static bool enter_kernel(struct random *random)
{
	struct flexsc_wait wait = {
		.min_completions = below(random, 8),
		.min_wait_us = one_in(random, 4) ? below(random, 100) : 0,
		.timeout_ns = below(random, WAIT_NS),
	};
	struct flexsc_stats stats;
	int result;

	switch (below(random, 8)) {
	case 0:
		result = ioctl(device, FLEXSC_IOC_KICK);
		break;
	case 1:
		result = ioctl(device, FLEXSC_IOC_WAKE);
		break;
	default:
		result = ioctl(device, FLEXSC_IOC_WAIT, &wait);
		break;
	}
	if (result < 0 && (errno == EBADF || errno == ENOTTY))
		return false;
	if (ioctl(device, FLEXSC_IOC_STATS, &stats) == 0)
		report->stats = stats;
	return true;
}

static void open_device(struct random *random)
{
	struct stat status = { 0 };

	device = open(FLEXSC_DEVICE_PATH, O_RDWR);
	fstat(device, &status);
	device_number = status.st_rdev;
	setup = (struct flexsc_setup){
		.version = FLEXSC_ABI_VERSION,
		.page_count = 1 + below(random, MAX_PAGES),
		.buffer_ring_capacity = one_in(random, 2) ? BUFFERS : 0,
	};
	if (device < 0 || ioctl(device, FLEXSC_IOC_SETUP, &setup)) {
		violation(device < 0 ? "/dev/flexsc could not be opened" : "SETUP failed");
		_exit(1);
	}
	memory = mmap(NULL, setup.total_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, device, 0);
	if (memory == MAP_FAILED) {
		violation("mmap of the page set failed");
		_exit(1);
	}
	entry_count = control()->entry_count;
	ring_mask = control()->ring_mask;
	submission_offset = control()->submission_ring_offset;
	pages_offset = control()->pages_offset;
	buffers_offset = control()->buffer_ring_offset;
}

static void submit_close(uint32_t *tail)
{
	struct random random = random_of(plan->seed, plan->number, 400);
	struct flexsc_entry *entry = entry_at(0);

	for (int i = 0; i < 4; i++) {
		entry->number = SYS_close;
		entry->argument_count = 1;
		entry->flags = 0;
		entry->arguments[0] = device;
		__atomic_store_n(&entry->status, FLEXSC_STATUS_SUBMIT, __ATOMIC_RELEASE);
		publish(&random, (*tail)++, 0);
		__atomic_store_n(&control()->submission.tail, *tail, __ATOMIC_RELEASE);
		if (ioctl(device, FLEXSC_IOC_KICK) < 0)
			break;
		sched_yield();
	}
}

static void end(uint32_t *tail)
{
	struct timespec pause = { .tv_nsec = 20000000 };

	report->ended = 1;
	switch (plan->ending) {
	case ENDING_CLOSE_THROUGH_PAGE:
		submit_close(tail);
		break;
	case ENDING_CLOSE:
		close(device);
		munmap(memory, setup.total_bytes);
		break;
	case ENDING_STOP:
		ioctl(device, FLEXSC_IOC_STOP);
		close(device);
		break;
	case ENDING_KILLED:
		for (;;)
			pause.tv_nsec = nanosleep(&pause, NULL) ? 1000000 : 20000000;
	default:
		_exit(0);
	}
	/* Threads that are inside go on for a moment without descriptor or mapping. */
	nanosleep(&pause, NULL);
	_exit(0);
}

void run_child(const struct child_plan *child_plan)
{
	struct random random = random_of(child_plan->seed, child_plan->number, 0);
	uint64_t until_ms;
	const struct sigaction interrupt = { .sa_handler = on_signal };
	uint32_t tail = 0, head;
	unsigned int scribblers;

	plan = child_plan;
	report = plan->report;
	/* Without SA_RESTART, so that RUN answers EINTR. */
	sigaction(SIGUSR1, &interrupt, NULL);
	open_material();
	open_device(&random);
	confine();
	add_fd(device);
	material.page_set = memory;
	material.page_set_bytes = setup.total_bytes;
	material.reckless = plan->reckless;
	fill_arena(&random, &material);

	for (unsigned int i = 1 + below(&random, 3); i > 0; i--)
		start_syscall_thread();
	scribblers = below(&random, MAX_SCRIBBLERS + 1);
	for (unsigned int i = 0; i < scribblers; i++)
		start(scribbler, i);
	start(signaller, 0);
	__atomic_store_n(&report->running, 1, __ATOMIC_RELEASE);

	until_ms = now_ms() + plan->milliseconds;
	while (now_ms() < until_ms) {
		if (setup.buffer_ring_capacity && one_in(&random, 2))
			give_buffers(&random);
		submit_batch(&random, &tail);
		if (!enter_kernel(&random))
			break;
		discard_completions();
		if (__atomic_load_n(&control()->wants_thread, __ATOMIC_RELAXED) ||
		    one_in(&random, 64))
			start_syscall_thread();
		if (one_in(&random, 512))
			fork_once();
		/* More than the ring holds makes no sense; a scribbled head makes it so. */
		head = __atomic_load_n(&control()->submission.head, __ATOMIC_RELAXED);
		if (tail - head > ring_mask && !one_in(&random, 8))
			tail = head;
	}
	end(&tail);
	_exit(0);
}
