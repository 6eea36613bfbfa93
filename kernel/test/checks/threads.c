// SPDX-License-Identifier: GPL-2.0-only
/* Syscall threads: entering, pinning, spinning, leaving. */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>

#include "fixtures.h"

CHECK(run_checks_its_argument)
{
	struct program *program = program_open(1, 0);

	EXPECT_EQUAL(EINVAL, run_errno(program, (struct flexsc_run){ .cpu = -2 }));
	EXPECT_EQUAL(EINVAL, run_errno(program, (struct flexsc_run){ .cpu = 1 << 20 }));
	EXPECT_EQUAL(EINVAL, run_errno(program, (struct flexsc_run){ .cpu = -1, .flags = 1 }));
	EXPECT_EQUAL(EINVAL, run_errno(program, (struct flexsc_run){ .cpu = -1, .reserved = 1 }));
	EXPECT_EQUAL(EINVAL, run_errno(program, (struct flexsc_run){
					.cpu = -1, .spin_us = FLEXSC_MAX_SPIN_US + 1 }));
}

CHECK(run_pins_only_within_the_threads_mask)
{
	struct program *program = program_open(1, 0);
	cpu_set_t first;

	CPU_ZERO(&first);
	CPU_SET(0, &first);
	EXPECT_EQUAL(0, sched_setaffinity(0, sizeof(first), &first));
	EXPECT_EQUAL(EINVAL, run_errno(program, (struct flexsc_run){ .cpu = 1 }));
}

CHECK(pinned_thread_runs_on_its_core)
{
	struct program *program = program_open(1, 0);
	unsigned int cpu;
	int i;

	program_thread(program, 1, 0);
	for (i = 0; i < 20; i++) {
		EXPECT_EQUAL(0, call(program, 0, CALL(SYS_getcpu, (long)&cpu, 0, 0)));
		EXPECT_EQUAL(1, cpu);
	}
}

CHECK(pinning_is_the_threads_own)
{
	struct program *program = program_open(1, 0);
	struct program_thread *thread = program_thread(program, 1, 0);
	cpu_set_t mask;

	EXPECT_EQUAL(0, sched_getaffinity(thread->tid, sizeof(mask), &mask));
	EXPECT_EQUAL(1, CPU_COUNT(&mask));
	EXPECT_EQUAL(0, sched_getaffinity(0, sizeof(mask), &mask));
	EXPECT(CPU_COUNT(&mask) >= 2);
	stop(program);
	EXPECT_EQUAL(0, thread_result(thread));
	EXPECT_EQUAL(EINVAL, run_errno(program, (struct flexsc_run){ .cpu = -2 }));
}

static cpu_set_t mask_after_run;

static void *run_and_look(void *argument)
{
	struct program *program = argument;

	run_errno(program, (struct flexsc_run){ .cpu = 1 });
	sched_getaffinity(0, sizeof(mask_after_run), &mask_after_run);
	return NULL;
}

CHECK(mask_is_as_before_after_stop)
{
	struct program *program = program_open(1, 0);
	pthread_t thread;

	thread = start_helper(run_and_look, program);
	wait_threads_in(program, 1);
	stop(program);
	join(thread);
	EXPECT(CPU_COUNT(&mask_after_run) >= 2);
}

#define CPUSET	"/tmp/cgroup/flexsc-cpuset"

CHECK(a_cpuset_narrowed_meanwhile_is_kept_to)
{
	struct program *program;
	pthread_t thread;
	char pid[16];
	int fd = open("/tmp/cgroup/cgroup.subtree_control", O_WRONLY);

	EXPECT(fd >= 0);
	if (write(fd, "+cpuset", 7) != 7)
		check_skip("the kernel has no cpusets");
	close(fd);
	mkdir(CPUSET, 0755);
	write_text(CPUSET "/cpuset.cpus", "0-1");
	snprintf(pid, sizeof(pid), "%d", getpid());
	write_text(CPUSET "/cgroup.procs", pid);
	program = program_open(1, 0);
	thread = start_helper(run_and_look, program);
	wait_threads_in(program, 1);
	/* To the very core the thread is pinned to: its mask stays what it was. */
	write_text(CPUSET "/cpuset.cpus", "1");
	EXPECT_EQUAL(getpid(), call(program, 0, CALL(SYS_getpid)));
	stop(program);
	join(thread);
	write_text("/tmp/cgroup/cgroup.procs", pid);
	EXPECT_EQUAL(1, CPU_COUNT(&mask_after_run));
	EXPECT(CPU_ISSET(1, &mask_after_run));
}

CHECK(stop_ends_sleeping_threads)
{
	struct program *program = program_with_threads(4);
	int i;

	stop(program);
	for (i = 0; i < 4; i++)
		EXPECT_EQUAL(0, thread_result(&program->threads[i]));
	EXPECT_EQUAL(0, program->control->threads);
	/* Later ones return at once. */
	EXPECT_EQUAL(0, run_errno(program, (struct flexsc_run){ .cpu = -1 }));
}

CHECK(stop_ends_a_spinning_thread)
{
	struct program *program = program_open(1, 0);
	struct program_thread *thread = program_thread(program, -1, FLEXSC_MAX_SPIN_US);

	stop(program);
	join(thread->thread);
}

CHECK(stop_ends_a_blocked_call)
{
	struct program *program = program_start();
	int ends[2];
	char byte;

	block_thread(program, 0, ends, &byte);
	stop(program);
	join(program->threads[0].thread);
	EXPECT_EQUAL(-ECANCELED, finish(program, 0));
}

CHECK(spinning_thread_needs_no_kick)
{
	struct program *program = program_open(1, 0);
	int i;

	program_thread(program, 1, FLEXSC_MAX_SPIN_US);
	for (i = 0; i < 50; i++) {
		enqueue(program, 0, 0, CALL(SYS_getppid));
		EVENTUALLY(reap(program) == 0);
	}
	EXPECT(stats(program).kicks <= 2);
}

CHECK(too_many_threads_are_eusers)
{
	struct program *program = program_with_threads(FLEXSC_MAX_THREADS);

	EXPECT_EQUAL(EUSERS, run_errno(program, (struct flexsc_run){ .cpu = -1 }));
	EXPECT_EQUAL(getpid(), call(program, 0, CALL(SYS_getpid)));
}
