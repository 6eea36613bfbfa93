// SPDX-License-Identifier: GPL-2.0-only
#include "fixtures.h"

#include <sys/socket.h>

void socket_pair(int ends[2])
{
	EXPECT_EQUAL(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends));
}

void wait_armed(struct program *program, unsigned int count)
{
	EVENTUALLY(stats(program).polled >= count);
	EXPECT_EQUAL(0, program->control->blocked_threads);
}

void fill_socket(int fd)
{
	char block[4096] = { 0 };

	while (write(fd, block, sizeof(block)) > 0)
		;
	EXPECT_EQUAL(EAGAIN, errno);
}

int run_errno(struct program *program, struct flexsc_run run)
{
	return ioctl(program->fd, FLEXSC_IOC_RUN, &run) ? errno : 0;
}
