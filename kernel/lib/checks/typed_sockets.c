// SPDX-License-Identifier: MIT
/* typed_sockets.c - the calls of flexsc_calls.h for sockets and for waiting. */
#define _GNU_SOURCE

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

void check_calls_of_sockets(void)
{
	struct flexsc *flexsc = create(NULL);
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr *any = (struct sockaddr *)&address;
	uint32_t bytes = sizeof(address), option_bytes = sizeof(int);
	int on = 1, error = -1, listener, client, peer;
	struct seen *seen = new_seen(2);
	char text[4];

	listener = CALL(socket, AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	EXPECT_EQUAL(CALL(setsockopt, listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
	EXPECT_EQUAL(CALL(bind, listener, any, bytes), 0);
	EXPECT_EQUAL(CALL(listen, listener, 8), 0);
	EXPECT_EQUAL(CALL(getsockname, listener, any, &bytes), 0);
	EXPECT(address.sin_port);

	EXPECT_EQUAL(flexsc_accept(flexsc, &seen[0].cb, listener, NULL, NULL,
				   SOCK_NONBLOCK | SOCK_CLOEXEC), 0);
	client = CALL(socket, AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	error = CALL(connect, client, any, bytes);
	EXPECT(!error || error == -EINPROGRESS);
	EXPECT_EQUAL(CALL(poll, client, POLLOUT), POLLOUT);
	EXPECT_EQUAL(CALL(getsockopt, client, SOL_SOCKET, SO_ERROR, &error, &option_bytes), 0);
	EXPECT_EQUAL(error, 0);
	EXPECT_EQUAL(CALL(getpeername, client, any, &bytes), 0);
	turn_until(flexsc, &seen[0]);
	peer = seen[0].ret;
	EXPECT(peer >= 0);

	EXPECT_EQUAL(flexsc_recv(flexsc, &seen[1].cb, peer, text, 4, 0), 0);
	EXPECT_EQUAL(CALL(send, client, "text", 4, MSG_NOSIGNAL), 4);
	turn_until(flexsc, &seen[1]);
	EXPECT_EQUAL(seen[1].ret, 4);
	EXPECT(!memcmp(text, "text", 4));
	EXPECT_EQUAL(CALL(shutdown, client, SHUT_WR), 0);
	EXPECT_EQUAL(CALL(recv, peer, text, 4, 0), 0);
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
}

void check_calls_of_datagrams(void)
{
	struct flexsc *flexsc = create(NULL);
	char text[4] = "text", other[4];
	struct iovec out = { text, 4 }, in = { other, 4 };
	struct msghdr message = { .msg_iov = &out, .msg_iovlen = 1 };
	struct msghdr received = { .msg_iov = &in, .msg_iovlen = 1 };
	struct mmsghdr messages[2] = { { .msg_hdr = message }, { .msg_hdr = message } };
	struct sockaddr_storage from;
	uint32_t bytes = sizeof(from);
	int fds[2];

	EXPECT_EQUAL(CALL(socketpair, AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, fds), 0);
	EXPECT_EQUAL(CALL(sendto, fds[0], text, 4, 0, NULL, 0), 4);
	EXPECT_EQUAL(CALL(recvfrom, fds[1], other, 4, 0, (struct sockaddr *)&from, &bytes), 4);
	EXPECT(!memcmp(text, other, 4));
	EXPECT_EQUAL(CALL(sendmsg, fds[0], &message, 0), 4);
	EXPECT_EQUAL(CALL(recvmsg, fds[1], &received, 0), 4);
	EXPECT_EQUAL(CALL(sendmmsg, fds[0], messages, 2, 0), 2);
	EXPECT_EQUAL(CALL(recvmmsg, fds[1], messages, 2, 0, NULL), 2);
	EXPECT_EQUAL(messages[1].msg_len, 4);
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
}

void check_calls_that_wait(void)
{
	const struct timespec moment = { .tv_nsec = 1000000 };
	const struct itimerspec soon = { .it_value.tv_nsec = 1000000 };
	struct flexsc *flexsc = create(NULL);
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = 7 };
	uint64_t value = 3;
	char *memory;
	int set, events, timer;

	EXPECT_EQUAL(flexsc_call_nop(flexsc, -1), 0);
	EXPECT_EQUAL(CALL(clock_nanosleep, CLOCK_MONOTONIC, 0, &moment, NULL), 0);
	set = CALL(epoll_create, EPOLL_CLOEXEC);
	events = CALL(eventfd, 0, 0);
	EXPECT_EQUAL(CALL(epoll_ctl, set, EPOLL_CTL_ADD, events, &event), 0);
	EXPECT_EQUAL(CALL(epoll_wait, set, &event, 1, 0), 0);
	EXPECT_EQUAL(CALL(write, events, &value, sizeof(value)), 8);
	EXPECT_EQUAL(CALL(epoll_wait, set, &event, 1, -1), 1);
	EXPECT_EQUAL(event.data.u64, 7);
	timer = CALL(timerfd_create, CLOCK_MONOTONIC, TFD_NONBLOCK);
	EXPECT_EQUAL(CALL(timerfd_settime, timer, 0, &soon, NULL), 0);
	EXPECT_EQUAL(CALL(read, timer, &value, sizeof(value)), 8);
	EXPECT_EQUAL(value, 1);

	memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	EXPECT_EQUAL(CALL(getrandom, memory, 8192, 0), 8192);
	EXPECT_EQUAL(CALL(msync, memory, 8192, MS_SYNC), 0);
	EXPECT_EQUAL(CALL(madvise, memory, 8192, MADV_REMOVE), 0);
	EXPECT_EQUAL(memory[4096], 0);
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
}
