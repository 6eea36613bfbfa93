// SPDX-License-Identifier: MIT
/*
 * The least an epoll server can do: one thread, level-triggered readiness,
 * recv until the bytes are there, one send for all heads of a receive. One
 * of the two limits that the benchmark holds servers against.
 */
#define _GNU_SOURCE
#include "hello.h"

#include <sys/epoll.h>

#define EVENTS	256

struct connection {
	uint32_t tail;
	/* Answers owed but not sent: the socket's buffer was full. */
	uint32_t owed;
	/* Bytes of the first owed answer that are sent already. */
	uint32_t sent;
};

static struct connection connections[HELLO_MAX_FDS];
static int epoll_fd;

static void watch(int fd, uint32_t events, int operation)
{
	struct epoll_event event = { .events = events, .data.fd = fd };

	if (epoll_ctl(epoll_fd, operation, fd, &event) < 0)
		hello_die("epoll_ctl");
}

static void close_connection(int fd)
{
	close(fd);
	hello_connection(-1);
}

static void accept_all(int listener)
{
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		if (fd >= HELLO_MAX_FDS) {
			close(fd);
			continue;
		}
		connections[fd] = (struct connection){ 0 };
		hello_connection(1);
		watch(fd, EPOLLIN, EPOLL_CTL_ADD);
	}
}

/* Sends what is owed. Returns 0, or -1 when the connection is gone. */
static int flush_connection(int fd)
{
	struct connection *c = &connections[fd];

	while (c->owed) {
		uint32_t batch = c->owed < HELLO_MAX_BATCH ? c->owed : HELLO_MAX_BATCH;
		size_t bytes = batch * hello_answer_bytes - c->sent;
		ssize_t n = send(fd, hello_batch + c->sent, bytes, MSG_NOSIGNAL);

		if (n < 0) {
			if (errno != EAGAIN)
				return -1;
			watch(fd, EPOLLOUT, EPOLL_CTL_MOD);
			return 0;
		}
		hello_count((c->sent + (size_t)n) / hello_answer_bytes);
		c->owed -= (uint32_t)((c->sent + (size_t)n) / hello_answer_bytes);
		c->sent = (uint32_t)((c->sent + (size_t)n) % hello_answer_bytes);
	}
	return 0;
}

static void serve(int fd, uint32_t events)
{
	char input[HELLO_INPUT_BYTES];
	struct connection *c = &connections[fd];

	if (events & EPOLLOUT) {
		if (flush_connection(fd) < 0)
			close_connection(fd);
		else if (!c->owed)
			watch(fd, EPOLLIN, EPOLL_CTL_MOD);
		return;
	}

	ssize_t n = recv(fd, input, sizeof(input), 0);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n > 0)
		c->owed += hello_heads(input, (size_t)n, &c->tail);
	if (n <= 0 || flush_connection(fd) < 0)
		close_connection(fd);
}

int main(int argc, char **argv)
{
	int listener = hello_listen(argc, argv, SOCK_NONBLOCK);
	struct epoll_event events[EVENTS];

	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (epoll_fd < 0)
		hello_die("epoll_create1");
	watch(listener, EPOLLIN, EPOLL_CTL_ADD);
	hello_announce(listener, "bare C, epoll, one thread");
	for (;;) {
		int n = epoll_wait(epoll_fd, events, EVENTS, -1);

		if (n < 0 && errno != EINTR)
			hello_die("epoll_wait");
		hello_refresh();
		for (int i = 0; i < n; i++) {
			if (events[i].data.fd == listener)
				accept_all(listener);
			else
				serve(events[i].data.fd, events[i].events);
		}
	}
}
