/* SPDX-License-Identifier: MIT */
/*
 * What the bare servers of the benchmark share: the answer, the search for
 * the ends of request heads, and the harness's protocol ("listening on" and
 * "stats" on standard input).
 */
#ifndef FLEXSC_PEER_HELLO_H
#define FLEXSC_PEER_HELLO_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define HELLO_BACKLOG		1024
#define HELLO_MAX_FDS		65536
#define HELLO_INPUT_BYTES	4096
/* Answers that one send carries at most. */
#define HELLO_MAX_BATCH		64
#define HELLO_ANSWER_BYTES	256

static _Atomic uint64_t hello_requests;
static _Atomic int64_t hello_connections;

static char hello_batch[HELLO_MAX_BATCH * HELLO_ANSWER_BYTES];
static size_t hello_answer_bytes;
static time_t hello_second;

static void hello_die(const char *call)
{
	fprintf(stderr, "%s failed: %s\n", call, strerror(errno));
	exit(1);
}

/*
 * The counters have one writer, the serving thread. A plain load and store
 * spares it the locked instruction.
 */
static inline void hello_count(uint64_t requests)
{
	uint64_t now = atomic_load_explicit(&hello_requests,
					    memory_order_relaxed);

	atomic_store_explicit(&hello_requests, now + requests,
			      memory_order_relaxed);
}

static inline void hello_connection(int change)
{
	int64_t now = atomic_load_explicit(&hello_connections,
					   memory_order_relaxed);

	atomic_store_explicit(&hello_connections, now + change,
			      memory_order_relaxed);
}

/* Renews the answers once a second, so that Date is right. */
static void hello_refresh(void)
{
	time_t now = time(NULL);
	struct tm utc;
	char date[64];
	int n;

	if (now == hello_second)
		return;

	hello_second = now;
	gmtime_r(&now, &utc);
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &utc);
	n = snprintf(hello_batch, HELLO_ANSWER_BYTES,
		     "HTTP/1.1 200 OK\r\nServer: Bare-C\r\nDate: %s\r\n"
		     "Content-Type: text/plain\r\nContent-Length: 13\r\n\r\n"
		     "Hello, World!", date);
	hello_answer_bytes = (size_t)n;
	for (int i = 1; i < HELLO_MAX_BATCH; i++)
		memcpy(hello_batch + i * hello_answer_bytes, hello_batch,
		       hello_answer_bytes);
}

/*
 * Counts the heads that end in these bytes. @tail carries the last bytes of
 * what came before, so that a head may end across two receives.
 */
static inline unsigned int hello_heads(const char *data, size_t length,
				       uint32_t *tail)
{
	unsigned int heads = 0;
	const char *end = data + length;

	while (data < end) {
		const char *feed = memchr(data, '\n', (size_t)(end - data));
		const char *stop = feed ? feed + 1 : end;
		const char *from = stop - data > 4 ? stop - 4 : data;

		for (; from < stop; from++)
			*tail = (*tail << 8) | (uint8_t)*from;
		if (*tail == 0x0d0a0d0a)
			heads++;
		data = stop;
	}
	return heads;
}

static void *hello_answer_stats(void *unused)
{
	char line[64];

	(void)unused;
	while (fgets(line, sizeof(line), stdin)) {
		struct timespec cpu;

		if (strncmp(line, "stats", 5) != 0)
			continue;
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
		printf("{\"requests\":%llu,\"allocatedBytes\":null,\"cpuMs\":%.3f,\"connections\":%lld}\n",
		       (unsigned long long)atomic_load_explicit(&hello_requests, memory_order_relaxed),
		       (double)cpu.tv_sec * 1e3 + (double)cpu.tv_nsec / 1e6,
		       (long long)atomic_load_explicit(&hello_connections, memory_order_relaxed));
		fflush(stdout);
	}
	return NULL;
}

/* Listens on 127.0.0.1, at the port of the command line or any free one. */
static int hello_listen(int argc, char **argv, int socket_flags)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t length = sizeof(address);
	int one = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | socket_flags, 0);

	if (fd < 0)
		hello_die("socket");
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons((uint16_t)(argc > 1 ? atoi(argv[1]) : 0));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	/* Accepted sockets inherit it. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		hello_die("bind");
	if (listen(fd, HELLO_BACKLOG) < 0)
		hello_die("listen");
	getsockname(fd, (struct sockaddr *)&address, &length);
	hello_refresh();
	return fd;
}

/* To be called when everything is ready to serve. */
static void hello_announce(int fd, const char *description)
{
	struct sockaddr_in address;
	socklen_t length = sizeof(address);
	pthread_t thread;

	getsockname(fd, (struct sockaddr *)&address, &length);
	printf("%s\nlistening on 127.0.0.1:%d\n", description,
	       ntohs(address.sin_port));
	fflush(stdout);
	if (pthread_create(&thread, NULL, hello_answer_stats, NULL) != 0)
		hello_die("pthread_create");
}

#endif
