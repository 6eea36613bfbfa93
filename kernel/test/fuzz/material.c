// SPDX-License-Identifier: GPL-2.0-only
/*
 * material.c - descriptors and memory for random calls, and what keeps those
 * from doing harm.
 */
#define _GNU_SOURCE

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "child.h"

#define ARENA_BYTES		(256u * 1024u)
#define MAX_FDS			32u
#define NOBODY			65534
#define SCRATCH_DIRECTORY	"/tmp/fuzz"

#define MAX_FILE_BYTES		(1u << 20)
#define MAX_MEMORY_BYTES	(512ul << 20)

void add_fd(int fd)
{
	if (fd >= 0 && material.fd_count < MAX_FDS)
		material.fds[material.fd_count++] = fd;
}

void open_material(void)
{
	int fds[2];

	material.fds = calloc(MAX_FDS, sizeof(*material.fds));
	material.arena_bytes = ARENA_BYTES;
	material.arena = mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (!material.fds || material.arena == MAP_FAILED)
		_exit(1);
	for (int i = 0; i < 2; i++) {
		/* One of each blocks. */
		if (!pipe2(fds, i ? O_NONBLOCK : 0)) {
			add_fd(fds[0]);
			add_fd(fds[1]);
		}
		if (!socketpair(AF_UNIX, SOCK_STREAM | (i ? SOCK_NONBLOCK : 0), 0, fds)) {
			add_fd(fds[0]);
			add_fd(fds[1]);
		}
	}
	if (!socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, fds)) {
		add_fd(fds[0]);
		add_fd(fds[1]);
	}
	add_fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
	add_fd(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0));
	add_fd(memfd_create("fuzz", 0));
	add_fd(eventfd(0, EFD_NONBLOCK));
	add_fd(epoll_create1(0));
	add_fd(open("/dev/null", O_RDWR));
	add_fd(open("/proc/self/maps", O_RDONLY));
	add_fd(open(".", O_RDONLY | O_DIRECTORY));
	add_fd(open("a", O_RDWR | O_CREAT, 0600));
	add_fd(9999);
}

static void limit(int resource, rlim_t value)
{
	const struct rlimit limits = { value, value };

	setrlimit(resource, &limits);
}

/* What random calls may use up, and that nothing of the guest is within reach. */
void confine(void)
{
	int null = open("/dev/null", O_RDWR);

	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	mkdir(SCRATCH_DIRECTORY, 0777);
	if (chdir(SCRATCH_DIRECTORY))
		_exit(1);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, MAX_FILE_BYTES);
	limit(RLIMIT_NOFILE, MOST_DESCRIPTORS);
	limit(RLIMIT_AS, MAX_MEMORY_BYTES);
	limit(RLIMIT_MEMLOCK, MAX_FILE_BYTES);
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	if (!plan->privileged && (setgid(NOBODY) || setuid(NOBODY)))
		_exit(1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}
