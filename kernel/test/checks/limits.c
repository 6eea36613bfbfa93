// SPDX-License-Identifier: GPL-2.0-only
/* What a user without privileges may take through page sets. */
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "fixtures.h"

#define PAGE_BYTES	4096

CHECK(no_locked_memory_no_page_set)
{
	int fd;

	become_user();
	fd = open_device();
	set_limit(RLIMIT_MEMLOCK, 0);
	EXPECT_ERRNO(ENOMEM, setup(fd, 1, 0));
	EXPECT_ERRNO(ENOMEM, open(device_path, O_RDWR));
}

/* Opens sets until one is refused. */
static int count_sets(unsigned int pages, int fds[], int most)
{
	int count;

	for (count = 0; count < most; count++) {
		fds[count] = open(device_path, O_RDWR);
		if (fds[count] < 0)
			break;
		if (setup(fds[count], pages, 0) < 0) {
			EXPECT_EQUAL(ENOMEM, errno);
			close(fds[count]);
			break;
		}
	}
	EXPECT_EQUAL(ENOMEM, errno);
	return count;
}

CHECK(page_sets_count_as_locked_memory)
{
	int fds[64], count, i;

	become_user();
	set_limit(RLIMIT_MEMLOCK, 256 * PAGE_BYTES);
	/* 64 syscall pages, rings and control page, and what the kernel notes of them. */
	count = count_sets(64, fds, 64);
	EXPECT(count == 2 || count == 3);
	/* In one account with mlock(). */
	EXPECT(mmap(NULL, 256 * PAGE_BYTES, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
	for (i = 0; i < count; i++)
		close(fds[i]);
	EXPECT_EQUAL(count, count_sets(64, fds, 64));
}

CHECK(page_sets_count_for_all_processes_of_the_user)
{
	int fds[64], count = 0, ready[2], go[2];
	pid_t child;

	become_user();
	set_limit(RLIMIT_MEMLOCK, 256 * PAGE_BYTES);
	make_pipe(ready, 0);
	make_pipe(go, 0);
	child = fork();
	if (child == 0) {
		EXPECT(count_sets(64, fds, 64) > 0);
		write_byte(ready[1]);
		read_byte(go[0]);
		_exit(0);
	}
	read_byte(ready[0]);
	EXPECT_EQUAL(0, count_sets(64, fds, 64));
	write_byte(go[1]);
	EXPECT_EQUAL(0, wait_status(child));
	EVENTUALLY((count = count_sets(64, fds, 64)) > 0);
}

CHECK(opening_alone_counts_too)
{
	int count = 0;

	become_user();
	set_limit(RLIMIT_MEMLOCK, 64 * PAGE_BYTES);
	while (open(device_path, O_RDWR) >= 0)
		count++;
	EXPECT_EQUAL(ENOMEM, errno);
	EXPECT(count >= 8 && count <= 64);
}

CHECK(the_privileged_may_lock_what_they_like)
{
	set_limit(RLIMIT_MEMLOCK, 0);
	EXPECT(setup(open_device(), FLEXSC_MAX_PAGES, 0) > 0);
}

#define FILES		32
#define WRITING_ENDS	200

/*
 * Has an entry wait for a pipe that soon nothing else holds. Its writing end
 * stays open, as its end would be an event.
 */
static void wait_for_a_closed_pipe(struct program *program, __u32 index)
{
	int ends[2];

	make_pipe(ends, O_NONBLOCK);
	submit(program, index, 0, CALL(FLEXSC_NR_POLL, ends[0], POLLIN));
	EVENTUALLY(stats(program).polled == index + 1 ||
		   has_status(program, index, FLEXSC_STATUS_DONE));
	close(ends[0]);
	EXPECT(fcntl(ends[1], F_DUPFD, WRITING_ENDS) >= 0);
	close(ends[1]);
}

static struct program *hold_files(void)
{
	struct program *program = program_start();
	int i;

	for (i = 0; i < FILES; i++)
		wait_for_a_closed_pipe(program, i);
	EXPECT_EQUAL(FILES, stats(program).polled);
	set_limit(RLIMIT_NOFILE, FILES);
	return program;
}

CHECK(files_held_by_waiting_entries_are_limited)
{
	struct program *program = hold_files();
	int pair[2];
	char byte;

	socket_pair(pair);
	EXPECT_EQUAL(-EMFILE, call_at(program, 40, 0, CALL(FLEXSC_NR_POLL, pair[0], POLLIN)));
	EXPECT_EQUAL(-EMFILE, call_at(program, 40, FLEXSC_ENTRY_POLL_IN,
				      CALL(SYS_read, pair[0], (long)&byte, 1)));
	/* What does not wait needs none. */
	write_byte(pair[1]);
	EXPECT_EQUAL(1, call_at(program, 40, FLEXSC_ENTRY_POLL_IN,
				CALL(SYS_read, pair[0], (long)&byte, 1)));
	/* One goes, one may come. */
	submit_cancel(program, 41, 3);
	finish_both(program, 3, 41);
	submit(program, 40, 0, CALL(FLEXSC_NR_POLL, pair[0], POLLIN));
	wait_armed(program, FILES + 1);
	write_byte(pair[1]);
	EXPECT_EQUAL(POLLIN, finish(program, 40));
}

CHECK(files_held_count_for_all_sets_of_the_process)
{
	struct program *first = hold_files(), *second = program_start();
	int pair[2];

	socket_pair(pair);
	EXPECT_EQUAL(-EMFILE, call(second, 0, CALL(FLEXSC_NR_POLL, pair[0], POLLIN)));
	stop(first);
	submit(second, 0, 0, CALL(FLEXSC_NR_POLL, pair[0], POLLIN));
	wait_armed(second, 1);
}

CHECK(a_file_counts_once_however_many_entries_wait)
{
	struct program *program = program_start();
	int pair[2], i;

	socket_pair(pair);
	set_limit(RLIMIT_NOFILE, FILES);
	for (i = 0; i < 60; i++)
		submit(program, i, 0, CALL(FLEXSC_NR_POLL, pair[0], POLLIN));
	wait_armed(program, 60);
	write_byte(pair[1]);
	for (i = 0; i < 60; i++)
		EXPECT_EQUAL(POLLIN, program->entries[reap_next(program)].result);
}
