// SPDX-License-Identifier: GPL-2.0-only
/*
 * What stays behind after many lifetimes. Each kind is lived in a process of a
 * memory cgroup of its own, a few times first, for what is made once, and then
 * a thousand times; what the cgroup is charged with in between is lost.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "fixtures.h"

#define GROUP		"/tmp/cgroup/flexsc-leaks"
#define SLAB		"/sys/kernel/slab/flexsc_request"
#define LIFETIMES	1000
#define FIRST_LIFETIMES	100

/* Half a page a lifetime is a page lost in each; less is what cores keep at hand. */
#define MOST_BYTES	(LIFETIMES * 2048L)
/* Of small objects, whose bytes are counted without such noise. */
#define MOST_SLAB_BYTES	(LIFETIMES * 48L)
#define MOST_REQUESTS	(LIFETIMES / 2)

static void read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t bytes;

	EXPECT(fd >= 0);
	bytes = read(fd, text, size - 1);
	EXPECT(bytes > 0);
	text[bytes] = 0;
	close(fd);
}

static long group_bytes(void)
{
	char text[64];

	read_text(GROUP "/memory.current", text, sizeof(text));
	return atol(text);
}

static long group_slab_bytes(void)
{
	static const char name[] = "slab_unreclaimable ";
	char text[8192], *line;

	read_text(GROUP "/memory.stat", text, sizeof(text));
	line = strstr(text, name);
	EXPECT(line);
	return atol(line + strlen(name));
}

/* Objects of the module's cache, with none that only waits to be used again. */
static long requests(void)
{
	char text[64];

	write_text(SLAB "/shrink", "1");
	read_text(SLAB "/objects", text, sizeof(text));
	return atol(text);
}

static void live(void (*lifetime)(void), int count)
{
	pid_t child = fork();

	if (child == 0) {
		write_text(GROUP "/cgroup.procs", "0");
		while (count--)
			lifetime();
		_exit(0);
	}
	EXPECT_EQUAL(0, wait_status(child));
}

static void expect_nothing_lost(void (*lifetime)(void))
{
	long bytes, slab_bytes, objects;

	if (access(SLAB "/shrink", W_OK))
		check_skip("the kernel does not count a slab cache's objects");
	write_text("/tmp/cgroup/cgroup.subtree_control", "+memory");
	mkdir(GROUP, 0755);
	live(lifetime, FIRST_LIFETIMES);
	bytes = group_bytes();
	slab_bytes = group_slab_bytes();
	objects = requests();
	live(lifetime, LIFETIMES);
	/* Files are released a moment after a process has ended. */
	EVENTUALLY(requests() - objects < MOST_REQUESTS);
	/* KASAN keeps for a while what was freed. */
	if (check_on_debug_kernel())
		return;
	EVENTUALLY(group_bytes() - bytes < MOST_BYTES);
	EVENTUALLY(group_slab_bytes() - slab_bytes < MOST_SLAB_BYTES);
}

/* One set with all that belongs to it, ended by who uses it. */
static void live_a_set(void)
{
	struct program *program = program_open(1, 8);
	struct program_thread *thread = program_thread(program, -1, 0);
	int ends[2];
	char byte;

	socket_pair(ends);
	submit_read(program, 0, FLEXSC_ENTRY_POLL_IN, ends[0], &byte, 1);
	wait_armed(program, 1);
	EXPECT_EQUAL(getpid(), call_at(program, 1, 0, CALL(SYS_getpid)));
	stop(program);
	EXPECT_EQUAL(0, thread_result(thread));
	EXPECT_EQUAL(-ECANCELED, finish(program, 0));
	close(ends[0]);
	close(ends[1]);
	close(program->fd);
	EXPECT_EQUAL(0, munmap(program->base, program->bytes));
	free(program);
}

CHECK(a_thousand_page_sets_leave_nothing)
{
	expect_nothing_lost(live_a_set);
}

/* One call that waits, and its cancelling; the set stays. */
static void live_a_cancelled_call(void)
{
	static struct program *program;
	static int ends[2];
	static char byte;

	if (!program) {
		program = program_start();
		socket_pair(ends);
	}
	/* The one thread takes them in this order. */
	submit_read(program, 0, FLEXSC_ENTRY_POLL_IN, ends[0], &byte, 1);
	submit_cancel(program, 1, 0);
	finish_both(program, 0, 1);
	EXPECT_EQUAL(0, program->entries[1].result);
	EXPECT_EQUAL(-ECANCELED, program->entries[0].result);
}

CHECK(a_thousand_cancelled_calls_leave_nothing)
{
	expect_nothing_lost(live_a_cancelled_call);
}

/* One call that a thread executes when it is cancelled. */
static void live_an_interrupted_call(void)
{
	static struct program *program;
	static int ends[2];
	static char byte;

	if (!program) {
		program = program_with_threads(2);
		make_pipe(ends, 0);
	}
	submit_read(program, 0, 0, ends[0], &byte, 1);
	wait_blocked(program, 1);
	cancel_running(program, 0, 1);
	EXPECT_EQUAL(-ECANCELED, program->entries[0].result);
}

CHECK(a_thousand_interrupted_calls_leave_nothing)
{
	expect_nothing_lost(live_an_interrupted_call);
}
