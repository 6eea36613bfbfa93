// SPDX-License-Identifier: GPL-2.0-only
#include "program.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* A completion that came without a wake-up is found after this time. */
#define LOOK_AGAIN_NS	100000000

const char *device_path = FLEXSC_DEVICE_PATH;

int open_device(void)
{
	int fd = open(device_path, O_RDWR | O_CLOEXEC);

	EXPECT(fd >= 0);
	return fd;
}

int setup(int fd, unsigned int pages, unsigned int buffers)
{
	struct flexsc_setup setup = {
		.version = FLEXSC_ABI_VERSION,
		.page_count = pages,
		.buffer_ring_capacity = buffers,
	};
	int result = ioctl(fd, FLEXSC_IOC_SETUP, &setup);

	return result ? result : (int)setup.total_bytes;
}

struct program *program_open(unsigned int pages, unsigned int buffers)
{
	struct program *program = calloc(1, sizeof(*program));
	int bytes;

	program->fd = open_device();
	bytes = setup(program->fd, pages, buffers);
	EXPECT(bytes > 0);
	program->bytes = bytes;
	program->base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, program->fd, 0);
	EXPECT(program->base != MAP_FAILED);
	program->control = (void *)program->base;
	program->submissions = (void *)(program->base + program->control->submission_ring_offset);
	program->completions = (void *)(program->base + program->control->completion_ring_offset);
	program->entries = (void *)(program->base + program->control->pages_offset);
	program->buffers = (void *)(program->base + program->control->buffer_ring_offset);
	program->count = program->control->entry_count;
	return program;
}

static void *thread_main(void *argument)
{
	struct program_thread *self = argument;
	struct flexsc_run run = { .cpu = self->cpu, .spin_us = self->spin_us };
	sigset_t all;
	int result;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	__atomic_store_n(&self->tid, (int)syscall(SYS_gettid), __ATOMIC_RELEASE);
	do {
		result = ioctl(self->program->fd, FLEXSC_IOC_RUN, &run) ? errno : 0;
	} while (result == EINTR && !self->once);
	self->result = result;
	__atomic_store_n(&self->done, true, __ATOMIC_RELEASE);
	return NULL;
}

static struct program_thread *start_thread(struct program *program, int cpu, unsigned int spin_us,
					   bool once)
{
	struct program_thread *thread = &program->threads[program->thread_count++];

	EXPECT(program->thread_count <= MOST_THREADS);
	*thread = (struct program_thread){
		.program = program, .cpu = cpu, .spin_us = spin_us, .once = once,
	};
	EXPECT_EQUAL(0, pthread_create(&thread->thread, NULL, thread_main, thread));
	return thread;
}

void wait_threads_in(struct program *program, __u32 count)
{
	EVENTUALLY(__atomic_load_n(&program->control->threads, __ATOMIC_ACQUIRE) == count);
}

struct program_thread *program_thread(struct program *program, int cpu, unsigned int spin_us)
{
	__u32 before = program->control->threads;
	struct program_thread *thread = start_thread(program, cpu, spin_us, false);

	wait_threads_in(program, before + 1);
	return thread;
}

struct program_thread *program_thread_once(struct program *program)
{
	return start_thread(program, -1, 0, true);
}

struct program *program_with_threads(unsigned int count)
{
	struct program *program = program_open(1, 0);

	while (count--)
		program_thread(program, -1, 0);
	return program;
}

struct program *program_start(void)
{
	return program_with_threads(1);
}

void fill(struct program *program, __u32 index, int flags, int number, int count,
	  const long *arguments)
{
	struct flexsc_entry *entry = &program->entries[index];
	int i;

	entry->number = number;
	entry->argument_count = count;
	entry->flags = flags;
	for (i = 0; i < count && i < (int)FLEXSC_MAX_ARGUMENTS; i++)
		entry->arguments[i] = arguments[i];
	entry->result = 0;
	program->generation[index]++;
	__atomic_store_n(&entry->status, FLEXSC_STATUS_SUBMIT, __ATOMIC_RELEASE);
}

void publish(struct program *program, __u32 index)
{
	__u32 tail = program->control->submission.tail;

	program->submissions[tail & program->control->ring_mask] = index;
	__atomic_store_n(&program->control->submission.tail, tail + 1, __ATOMIC_RELEASE);
}

void enqueue(struct program *program, __u32 index, int flags, int number, int count,
	     const long *arguments)
{
	fill(program, index, flags, number, count, arguments);
	publish(program, index);
}

void kick_if_asked(struct program *program)
{
	/* The tail before the look at the flag; the kernel has it the other way. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&program->control->executor_sleeps, __ATOMIC_RELAXED))
		EXPECT_EQUAL(0, ioctl(program->fd, FLEXSC_IOC_KICK));
}

void submit(struct program *program, __u32 index, int flags, int number, int count,
	    const long *arguments)
{
	enqueue(program, index, flags, number, count, arguments);
	kick_if_asked(program);
}

int wait_for(struct program *program, unsigned int completions, long long timeout_ns)
{
	struct flexsc_wait wait = { .min_completions = completions, .timeout_ns = timeout_ns };

	return ioctl(program->fd, FLEXSC_IOC_WAIT, &wait);
}

int reap(struct program *program)
{
	__u32 head = program->control->completion.head;
	__u32 index;

	if (head == __atomic_load_n(&program->control->completion.tail, __ATOMIC_ACQUIRE))
		return -1;
	index = program->completions[head & program->control->ring_mask];
	EXPECT(index < program->count);
	EXPECT_EQUAL(FLEXSC_STATUS_DONE, program->entries[index].status);
	program->entries[index].status = FLEXSC_STATUS_FREE;
	__atomic_store_n(&program->control->completion.head, head + 1, __ATOMIC_RELEASE);
	return index;
}

int reap_next(struct program *program)
{
	long long end = now_ms() + 1000LL * check_deadline_seconds();
	int reaped;

	while ((reaped = reap(program)) < 0) {
		EXPECT(now_ms() < end);
		EXPECT(wait_for(program, 1, LOOK_AGAIN_NS) >= 0);
	}
	return reaped;
}

void finish_both(struct program *program, __u32 first, __u32 second)
{
	int seen;

	for (seen = 0; seen < 2; seen++) {
		int reaped = reap_next(program);

		EXPECT(reaped == (int)first || reaped == (int)second);
	}
}

long long finish(struct program *program, __u32 index)
{
	EXPECT_EQUAL(index, reap_next(program));
	return program->entries[index].result;
}

long long call_at(struct program *program, __u32 index, int flags, int number, int count,
		  const long *arguments)
{
	submit(program, index, flags, number, count, arguments);
	return finish(program, index);
}

long long call(struct program *program, int flags, int number, int count, const long *arguments)
{
	return call_at(program, 0, flags, number, count, arguments);
}

void give_buffer(struct program *program, void *address, __u32 bytes, __u32 id)
{
	__u32 tail = program->control->buffers.tail;
	struct flexsc_buffer *buffer =
		&program->buffers[tail & (program->control->buffer_ring_capacity - 1)];

	buffer->address = (unsigned long)address;
	buffer->bytes = bytes;
	buffer->id = id;
	__atomic_store_n(&program->control->buffers.tail, tail + 1, __ATOMIC_RELEASE);
}

struct flexsc_stats stats(struct program *program)
{
	struct flexsc_stats stats;

	EXPECT_EQUAL(0, ioctl(program->fd, FLEXSC_IOC_STATS, &stats));
	return stats;
}

__u64 token(struct program *program, __u32 index)
{
	return ((__u64)program->generation[index] << FLEXSC_TOKEN_INDEX_BITS) | index;
}

bool has_status(struct program *program, __u32 index, __u32 status)
{
	return __atomic_load_n(&program->entries[index].status, __ATOMIC_ACQUIRE) == status;
}

static char thread_state(int tid)
{
	char path[64], line[256] = "", *state;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (read(fd, line, sizeof(line) - 1) < 0)
		line[0] = 0;
	close(fd);
	state = strrchr(line, ')');
	return state && state[1] ? state[2] : 0;
}

void wait_thread_state(int tid, char state)
{
	EVENTUALLY(thread_state(tid) == state);
}
