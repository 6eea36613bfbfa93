// SPDX-License-Identifier: GPL-2.0-only
/* Opening, setting up, mapping; who may; what the requests refuse. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "fixtures.h"

CHECK(device_is_for_root_only)
{
	struct stat status;

	EXPECT_EQUAL(0, stat(FLEXSC_DEVICE_PATH, &status));
	EXPECT_EQUAL(S_IFCHR | 0600, status.st_mode);
	EXPECT_EQUAL(0, status.st_uid);
}

CHECK(device_is_closed_to_other_users)
{
	EXPECT_EQUAL(0, setuid(1000));
	EXPECT_ERRNO(EACCES, open(FLEXSC_DEVICE_PATH, O_RDWR));
}

CHECK(setup_refuses_another_version)
{
	struct flexsc_setup setup = { .version = FLEXSC_ABI_VERSION + 1, .page_count = 1 };

	EXPECT_ERRNO(EINVAL, ioctl(open_device(), FLEXSC_IOC_SETUP, &setup));
}

CHECK(setup_refuses_page_counts_out_of_bounds)
{
	EXPECT_ERRNO(EINVAL, setup(open_device(), 0, 0));
	EXPECT_ERRNO(EINVAL, setup(open_device(), FLEXSC_MAX_PAGES + 1, 0));
	EXPECT_ERRNO(EINVAL, setup(open_device(), ~0u, 0));
}

CHECK(setup_refuses_odd_buffer_rings)
{
	EXPECT_ERRNO(EINVAL, setup(open_device(), 1, 3));
	EXPECT_ERRNO(EINVAL, setup(open_device(), 1, FLEXSC_MAX_BUFFERS * 2));
}

CHECK(setup_refuses_flags_and_reserved)
{
	struct flexsc_setup request = {
		.version = FLEXSC_ABI_VERSION, .page_count = 1, .flags = 1,
	};
	int fd = open_device();

	EXPECT_ERRNO(EINVAL, ioctl(fd, FLEXSC_IOC_SETUP, &request));
	request.flags = 0;
	request.reserved = 1;
	EXPECT_ERRNO(EINVAL, ioctl(fd, FLEXSC_IOC_SETUP, &request));
	/* A refused set-up leaves the file as it was. */
	EXPECT(setup(fd, 1, 0) > 0);
}

CHECK(setup_twice_is_busy)
{
	int fd = open_device();

	EXPECT(setup(fd, 1, 0) > 0);
	EXPECT_ERRNO(EBUSY, setup(fd, 1, 0));
}

CHECK(requests_with_bad_addresses_fault)
{
	struct program *program = program_open(1, 0);
	void *bad = (void *)8;

	EXPECT_ERRNO(EFAULT, ioctl(open_device(), FLEXSC_IOC_SETUP, bad));
	EXPECT_ERRNO(EFAULT, ioctl(program->fd, FLEXSC_IOC_RUN, bad));
	EXPECT_ERRNO(EFAULT, ioctl(program->fd, FLEXSC_IOC_WAIT, bad));
	EXPECT_ERRNO(EFAULT, ioctl(program->fd, FLEXSC_IOC_STATS, bad));
}

CHECK(setup_with_a_read_only_argument_can_be_repeated)
{
	struct flexsc_setup *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
					 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = open_device();

	page->version = FLEXSC_ABI_VERSION;
	page->page_count = 2;
	mprotect(page, 4096, PROT_READ);
	EXPECT_ERRNO(EFAULT, ioctl(fd, FLEXSC_IOC_SETUP, page));
	EXPECT(setup(fd, 1, 0) > 0);
}

CHECK(requests_before_setup_are_enxio)
{
	struct flexsc_run run = { .cpu = -1 };
	struct flexsc_wait wait = { 0 };
	struct flexsc_stats counters;
	int fd = open_device();

	EXPECT_ERRNO(ENXIO, ioctl(fd, FLEXSC_IOC_RUN, &run));
	EXPECT_ERRNO(ENXIO, ioctl(fd, FLEXSC_IOC_KICK));
	EXPECT_ERRNO(ENXIO, ioctl(fd, FLEXSC_IOC_WAIT, &wait));
	EXPECT_ERRNO(ENXIO, ioctl(fd, FLEXSC_IOC_WAKE));
	EXPECT_ERRNO(ENXIO, ioctl(fd, FLEXSC_IOC_STOP));
	EXPECT_ERRNO(ENXIO, ioctl(fd, FLEXSC_IOC_STATS, &counters));
	EXPECT(mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED && errno == ENXIO);
}

CHECK(unknown_requests_are_enotty)
{
	struct program *program = program_open(1, 0);

	EXPECT_ERRNO(ENOTTY, ioctl(program->fd, _IO('F', 0xcf)));
	EXPECT_ERRNO(ENOTTY, ioctl(program->fd, _IO('X', 0xc2)));
}

CHECK(mmap_takes_the_whole_set_shared_at_zero)
{
	int fd = open_device(), bytes = setup(fd, 1, 0);

	EXPECT(bytes > 0);
	EXPECT(mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED && errno == EINVAL);
	EXPECT(mmap(NULL, bytes - 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED);
	EXPECT(mmap(NULL, bytes + 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED);
	EXPECT(mmap(NULL, bytes - 4096, PROT_READ, MAP_SHARED, fd, 4096) == MAP_FAILED);
	EXPECT(mmap(NULL, bytes, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0) == MAP_FAILED);
	EXPECT(mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) != MAP_FAILED);
}

CHECK(mapping_does_not_become_executable)
{
	struct program *program = program_open(1, 0);

	EXPECT_ERRNO(EACCES, mprotect(program->base, program->bytes, PROT_READ | PROT_EXEC));
}

CHECK(mapping_does_not_grow)
{
	struct program *program = program_open(1, 0);

	EXPECT(mremap(program->base, program->bytes, program->bytes * 2, MREMAP_MAYMOVE) ==
	       MAP_FAILED);
}

CHECK(control_page_describes_the_set)
{
	struct program *program = program_open(3, 8);
	struct flexsc_control *control = program->control;

	EXPECT_EQUAL(FLEXSC_ABI_MAGIC, control->magic);
	EXPECT_EQUAL(FLEXSC_ABI_VERSION, control->version);
	EXPECT_EQUAL(3, control->page_count);
	EXPECT_EQUAL(3 * FLEXSC_ENTRIES_PER_PAGE, control->entry_count);
	EXPECT_EQUAL(256, control->ring_capacity);
	EXPECT_EQUAL(255, control->ring_mask);
	EXPECT_EQUAL(4096, control->submission_ring_offset);
	EXPECT_EQUAL(4096 + 1024, control->completion_ring_offset);
	EXPECT_EQUAL(4096 + 2048, control->buffer_ring_offset);
	EXPECT_EQUAL(8, control->buffer_ring_capacity);
	EXPECT_EQUAL(0, control->pages_offset % FLEXSC_PAGE_BYTES);
	EXPECT_EQUAL(program->bytes, control->total_bytes);
	EXPECT_EQUAL(control->pages_offset + 3 * FLEXSC_PAGE_BYTES, control->total_bytes);
	EXPECT_EQUAL(1, control->executor_sleeps);
	EXPECT_EQUAL(0, program_open(1, 0)->control->buffer_ring_offset);
}

CHECK(largest_set_works_at_its_last_entry)
{
	struct program *program = program_open(FLEXSC_MAX_PAGES, FLEXSC_MAX_BUFFERS);
	__u32 last = FLEXSC_MAX_PAGES * FLEXSC_ENTRIES_PER_PAGE - 1;

	program_thread(program, -1, 0);
	submit(program, last, 0, CALL(SYS_getppid));
	EXPECT_EQUAL(getppid(), finish(program, last));
}

CHECK(child_of_fork_may_not_use_the_file)
{
	struct program *program = program_open(1, 0);
	pid_t child = fork();

	if (child == 0) {
		struct flexsc_run run = { .cpu = -1 };
		struct flexsc_wait wait = { 0 };
		bool refused = ioctl(program->fd, FLEXSC_IOC_RUN, &run) == -1 && errno == EPERM;

		refused &= ioctl(program->fd, FLEXSC_IOC_KICK) == -1 && errno == EPERM;
		refused &= ioctl(program->fd, FLEXSC_IOC_WAIT, &wait) == -1 && errno == EPERM;
		refused &= ioctl(program->fd, FLEXSC_IOC_STOP) == -1 && errno == EPERM;
		refused &= mmap(NULL, program->bytes, PROT_READ, MAP_SHARED, program->fd, 0) ==
			   MAP_FAILED && errno == EPERM;
		_exit(refused ? 0 : 1);
	}
	EXPECT_EQUAL(0, wait_status(child));
}

CHECK(child_of_fork_has_no_mapping)
{
	struct program *program = program_open(1, 0);
	pid_t child = fork();

	if (child == 0) {
		volatile __u32 magic = program->control->magic;

		(void)magic;
		_exit(0);
	}
	EXPECT_EQUAL(SIGSEGV, wait_status(child));
}

CHECK(mapping_stays_out_of_children_whatever_madvise_says)
{
	struct program *program = program_open(1, 0);
	pid_t child;

	EXPECT_ERRNO(EINVAL, madvise(program->base, program->bytes, MADV_DOFORK));
	child = fork();
	if (child == 0) {
		program->control->program_sleeps = 1;
		_exit(0);
	}
	EXPECT_EQUAL(SIGSEGV, wait_status(child));
	EXPECT_EQUAL(0, program->control->program_sleeps);
}

CHECK(debuggers_see_the_mapping)
{
	struct program *program = program_open(1, 0);
	int fd = open("/proc/self/mem", O_RDWR);
	__u32 word = 0;

	EXPECT(fd >= 0);
	EXPECT_EQUAL(4, pread(fd, &word, 4, (long)&program->control->magic));
	EXPECT_EQUAL(FLEXSC_ABI_MAGIC, word);
	/* Beyond a part that was unmapped, too. */
	EXPECT_EQUAL(0, munmap(program->base, 4096));
	program->entries[3].status = 77;
	EXPECT_EQUAL(4, pread(fd, &word, 4, (long)&program->entries[3].status));
	EXPECT_EQUAL(77, word);
}

static long cgroup_bytes(const char *directory)
{
	char path[200], text[64] = "";
	int fd;

	snprintf(path, sizeof(path), "%s/memory.current", directory);
	fd = open(path, O_RDONLY);
	EXPECT(fd >= 0);
	EXPECT(read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	return atol(text);
}

CHECK(page_set_is_charged_to_the_memory_cgroup)
{
	const char *group = "/tmp/cgroup/flexsc-check";
	char pid[16];
	long before;
	int fd;

	write_text("/tmp/cgroup/cgroup.subtree_control", "+memory");
	mkdir(group, 0755);
	snprintf(pid, sizeof(pid), "%d", getpid());
	write_text("/tmp/cgroup/flexsc-check/cgroup.procs", pid);
	before = cgroup_bytes(group);
	fd = open_device();
	EXPECT(setup(fd, FLEXSC_MAX_PAGES, 0) > 0);
	/* 4 MiB of pages alone; the rest of the process is small beside it. */
	EXPECT(cgroup_bytes(group) - before >= 4 << 20);
	close(fd);
}
