// SPDX-License-Identifier: GPL-2.0-only
/* Calls through the page, and what comes back. */
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#include "fixtures.h"

CHECK(nop_completes_with_zero)
{
	EXPECT_EQUAL(0, call(program_start(), 0, CALL(FLEXSC_NR_NOP)));
}

CHECK(getpid_answers_the_process)
{
	EXPECT_EQUAL(getpid(), call(program_start(), 0, CALL(SYS_getpid)));
}

CHECK(gettid_answers_the_syscall_thread)
{
	struct program *program = program_start();

	EXPECT_EQUAL(program->threads[0].tid, call(program, 0, CALL(SYS_gettid)));
}

CHECK(descriptors_and_memory_are_the_programs)
{
	struct program *program = program_start();
	char text[6] = "";
	long fd = call(program, 0, CALL(SYS_openat, AT_FDCWD, (long)"/tmp/flexsc-file",
					O_RDWR | O_CREAT | O_TRUNC, 0600));

	EXPECT(fd >= 0);
	EXPECT_EQUAL(5, call(program, 0, CALL(SYS_pwrite64, fd, (long)"hello", 5, 0)));
	EXPECT_EQUAL(5, pread(fd, text, 5, 0));
	EXPECT(strcmp(text, "hello") == 0);
	EXPECT_EQUAL(0, call(program, 0, CALL(SYS_close, fd)));
	EXPECT_ERRNO(EBADF, close(fd));
}

CHECK(six_arguments_arrive)
{
	struct program *program = program_start();
	long address = call(program, 0, CALL(SYS_mmap, 0, 8192, PROT_READ | PROT_WRITE,
					     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));

	EXPECT(address > 0 || address < -4095);
	memset((void *)address, 1, 8192);
	EXPECT_EQUAL(0, call(program, 0, CALL(SYS_munmap, address, 8192)));
}

CHECK(arguments_beyond_the_count_are_zero)
{
	struct program *program = program_start();

	program->entries[0].arguments[0] = 12345;
	/* close(0), not close(12345). */
	EXPECT_EQUAL(0, call(program, 0, CALL(SYS_close)));
}

CHECK(errors_come_back_as_negative_errno)
{
	struct program *program = program_start();

	EXPECT_EQUAL(-EBADF, call(program, 0, CALL(SYS_close, 12345)));
	EXPECT_EQUAL(-EFAULT, call(program, 0, CALL(SYS_uname, 8)));
}

CHECK(numbers_never_judged_are_enosys)
{
	struct program *program = program_start();

	EXPECT_EQUAL(-ENOSYS, call(program, 0, CALL(463)));
	EXPECT_EQUAL(-ENOSYS, call(program, 0, CALL(512)));
	EXPECT_EQUAL(-ENOSYS, call(program, 0, CALL(0xefff)));
	EXPECT_EQUAL(-ENOSYS, call(program, 0, CALL(0xf003)));
	EXPECT_EQUAL(-ENOSYS, call(program, 0, CALL(0xffff)));
	EXPECT_EQUAL(5, stats(program).refused);
}

CHECK(bad_flags_are_einval)
{
	struct program *program = program_start();

	EXPECT_EQUAL(-EINVAL, call(program, FLEXSC_ENTRY_MULTISHOT, CALL(SYS_getpid)));
	EXPECT_EQUAL(-EINVAL, call(program, 0x80, CALL(SYS_getpid)));
	EXPECT_EQUAL(-EINVAL, call(program, FLEXSC_ENTRY_POLL_FIRST, CALL(SYS_read, 0, 0, 0)));
	EXPECT_EQUAL(-EINVAL, call(program, FLEXSC_ENTRY_PROVIDED_BUFFER, CALL(SYS_read, 0)));
	EXPECT_EQUAL(-EINVAL, call(program, FLEXSC_ENTRY_POLL_IN, CALL(FLEXSC_NR_NOP)));
	EXPECT_EQUAL(5, stats(program).refused);
	EXPECT_EQUAL(0, stats(program).executed);
}

CHECK(too_many_arguments_are_einval)
{
	struct program *program = program_start();
	long arguments[7] = { 0 };

	submit(program, 0, 0, SYS_getpid, 7, arguments);
	EXPECT_EQUAL(-EINVAL, finish(program, 0));
}

CHECK(a_page_of_calls_completes)
{
	struct program *program = program_start();
	__u32 i, seen = 0;

	for (i = 0; i < program->count; i++) {
		enqueue(program, i, 0, CALL(SYS_getppid));
	}
	kick_if_asked(program);
	while (seen < program->count) {
		EXPECT_EQUAL(getppid(), program->entries[reap_next(program)].result);
		seen++;
	}
	EXPECT_EQUAL(program->count, stats(program).completed);
}

CHECK(a_batch_costs_the_program_few_kicks)
{
	struct program *program = program_start();
	__u32 round, i;

	for (round = 0; round < 20; round++) {
		for (i = 0; i < program->count; i++) {
			enqueue(program, i, 0, CALL(SYS_getppid));
		}
		EXPECT_EQUAL(program->count, wait_for(program, program->count, -1));
		while (reap(program) >= 0)
			;
	}
	EXPECT_EQUAL(20 * program->count, stats(program).executed);
	EXPECT(stats(program).kicks <= 20);
	EXPECT_EQUAL(20, stats(program).waits);
	EXPECT(stats(program).program_wakeups <= 20);
}

CHECK(positions_wrap_many_times)
{
	struct program *program = program_start();
	int i;

	for (i = 0; i < 1000; i++) {
		submit(program, i % 64, 0, CALL(SYS_getppid));
		EXPECT_EQUAL(getppid(), finish(program, i % 64));
	}
}

CHECK(nanosleep_sleeps)
{
	struct program *program = program_start();
	struct timespec time = { .tv_nsec = 50000000 };
	long long before = now_ms();

	EXPECT_EQUAL(0, call(program, 0, CALL(SYS_nanosleep, (long)&time, 0)));
	EXPECT(now_ms() - before >= 49);
}

CHECK(peer_sees_the_end_after_close)
{
	struct program *program = program_start();
	int ends[2];
	char byte;

	EXPECT_EQUAL(0, socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	EXPECT_EQUAL(0, call(program, 0, CALL(SYS_close, ends[1])));
	/* Only task_work finishes a close, and the thread never leaves the kernel. */
	EXPECT_EQUAL(0, read(ends[0], &byte, 1));
}

CHECK(run_through_a_page_is_edeadlk)
{
	struct program *program = program_start();
	struct flexsc_run run = { .cpu = -1 };
	struct flexsc_wait wait = { .min_completions = 1, .timeout_ns = -1 };

	EXPECT_EQUAL(-EDEADLK, call(program, 0, CALL(SYS_ioctl, program->fd, FLEXSC_IOC_RUN,
						     (long)&run)));
	/* The kernel looks at 32 bits of the command; so must the check. */
	EXPECT_EQUAL(-EDEADLK, call(program, 0,
				    CALL(SYS_ioctl, program->fd,
					 FLEXSC_IOC_RUN | (1L << 40), (long)&run)));
	EXPECT_EQUAL(-EDEADLK, call(program, 0, CALL(SYS_ioctl, program->fd, FLEXSC_IOC_WAIT,
						     (long)&wait)));
	EXPECT_EQUAL(0, call(program, 0, CALL(SYS_ioctl, program->fd, FLEXSC_IOC_WAKE)));
}

CHECK(run_of_another_set_through_a_page_is_edeadlk)
{
	struct program *program = program_start(), *other = program_start();
	struct flexsc_run run = { .cpu = -1 };

	EXPECT_EQUAL(-EDEADLK, call(program, 0, CALL(SYS_ioctl, other->fd, FLEXSC_IOC_RUN,
						     (long)&run)));
	/* The thread is barred, not the number: other files may have such a request. */
	EXPECT_EQUAL(-ENOTTY, call(program, 0, CALL(SYS_ioctl, open("/dev/null", O_RDWR),
						    FLEXSC_IOC_RUN, (long)&run)));
}

CHECK(done_says_that_the_file_is_released)
{
	struct program *program = program_open(1, 0);
	int i, ends[2];
	char byte;

	program_thread(program, 1, FLEXSC_MAX_SPIN_US);
	for (i = 0; i < 3000; i++) {
		socket_pair(ends);
		enqueue(program, 0, 0, CALL(SYS_close, ends[1]));
		/* No request: this side looks at the very moment. */
		while (!has_status(program, 0, FLEXSC_STATUS_DONE))
			if (__atomic_load_n(&program->control->executor_sleeps, __ATOMIC_RELAXED))
				kick_if_asked(program);
		errno = 0;
		EXPECT_EQUAL(0, read(ends[0], &byte, 1));
		EXPECT_EQUAL(0, finish(program, 0));
		close(ends[0]);
	}
}

CHECK(several_sets_in_one_process)
{
	struct program *programs[3];
	int i;

	for (i = 0; i < 3; i++)
		programs[i] = program_start();
	for (i = 0; i < 30; i++) {
		struct program *program = programs[i % 3];

		EXPECT_EQUAL(program->threads[0].tid, call(program, 0, CALL(SYS_gettid)));
	}
}

CHECK(io_uring_through_the_page_finds_its_task_work)
{
	struct program *program = program_start();
	char parameters[120] = { 0 };
	long ring = call(program, 0, CALL(SYS_io_uring_setup, 8, (long)parameters));

	EXPECT(ring >= 0);
	EXPECT_EQUAL(0, call(program, 0, CALL(SYS_io_uring_enter, ring, 0, 0, 0, 0, 0)));
	EXPECT_EQUAL(0, call(program, 0, CALL(SYS_close, ring)));
}
