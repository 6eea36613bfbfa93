// SPDX-License-Identifier: MIT
/* echo.c - the example server, from the outside. */
#define _GNU_SOURCE

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

#define ECHO_CLIENTS	16
#define ECHO_BYTES	20000

static unsigned int start_echo(FILE **out, pid_t *child)
{
	char clients[8];
	unsigned int port = 0;
	char line[64];
	int fds[2];

	snprintf(clients, sizeof(clients), "%d", ECHO_CLIENTS);
	make_pipe(fds, 0);
	*child = fork();
	EXPECT(*child >= 0);
	if (!*child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fds[1], STDOUT_FILENO);
		execl(example_echo, example_echo, "0", clients, NULL);
		_exit(127);
	}
	close(fds[1]);
	*out = fdopen(fds[0], "r");
	EXPECT(fgets(line, sizeof(line), *out));
	EXPECT_EQUAL(sscanf(line, "listening on 127.0.0.1:%u", &port), 1);
	return port;
}

static void fill(char *bytes, int seed)
{
	for (int i = 0; i < ECHO_BYTES; i++)
		bytes[i] = i * 7 + seed;
}

static void send_all(int fd, int seed)
{
	char bytes[ECHO_BYTES];

	fill(bytes, seed);
	EXPECT_EQUAL(write(fd, bytes, ECHO_BYTES), ECHO_BYTES);
}

static void receive_all(int fd, int seed)
{
	char expected[ECHO_BYTES], bytes[ECHO_BYTES];
	size_t got = 0;

	fill(expected, seed);
	while (got < ECHO_BYTES) {
		ssize_t count = read(fd, bytes + got, ECHO_BYTES - got);

		EXPECT(count > 0);
		got += count;
	}
	EXPECT(!memcmp(bytes, expected, ECHO_BYTES));
}

void check_example_echo(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int fds[ECHO_CLIENTS];
	char line[256] = "";
	FILE *out;
	pid_t child;
	int status;

	address.sin_port = htons(start_echo(&out, &child));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (int i = 0; i < ECHO_CLIENTS; i++) {
		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		EXPECT_EQUAL(connect(fds[i], (struct sockaddr *)&address, sizeof(address)), 0);
	}
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < ECHO_CLIENTS; i++)
			send_all(fds[i], i + round);
		for (int i = 0; i < ECHO_CLIENTS; i++)
			receive_all(fds[i], i + round);
	}
	for (int i = 0; i < ECHO_CLIENTS; i++) {
		char byte;

		EXPECT_EQUAL(shutdown(fds[i], SHUT_WR), 0);
		/* The server closes through the page; without task_work this never ends. */
		EXPECT_EQUAL(read(fds[i], &byte, 1), 0);
	}
	EXPECT(fgets(line, sizeof(line), out));
	EXPECT_EQUAL(waitpid(child, &status, 0), child);
	EXPECT_EQUAL(status, 0);
	printf("# echo: %s", line);
}
