// SPDX-License-Identifier: GPL-2.0-only
/* One server as a child process, spoken to by its standard input and output. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "servers.h"

#define LINE_BYTES	4096
#define START_SECONDS	120
#define ANSWER_SECONDS	60
#define STOP_SECONDS	60

static long seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* Reads one line without its end. */
static bool read_line(int file, char *line, size_t size, int seconds)
{
	long deadline = seconds_now() + seconds;
	size_t used = 0;

	while (used + 1 < size) {
		struct pollfd poll_file = { .fd = file, .events = POLLIN };
		long left = deadline - seconds_now();

		if (left <= 0 || poll(&poll_file, 1, (int)left * 1000) <= 0)
			return false;
		if (read(file, line + used, 1) != 1)
			return false;
		if (line[used] == '\n')
			break;
		used++;
	}
	line[used] = '\0';
	return true;
}

static void become_server(const struct protocol *protocol, int cpu, const int in[2],
			  const int out[2])
{
	/*
	 * A turn is bounded by time, and the emulated cores take ten to a
	 * hundred times as long for what fits into one: the default would
	 * measure the emulator.
	 */
	const char *arguments[18] = {
		protocol->program, "--backend", "kernel-module", "--loops", "1", "--port", "0",
		"--host", "127.0.0.1", "--stats-on-stdin", "--turn-budget-us", "20000", "--cpus",
	};
	unsigned int used = 13, i;
	char core[16];

	snprintf(core, sizeof(core), "%d", cpu);
	dup2(in[0], STDIN_FILENO);
	dup2(out[1], STDOUT_FILENO);
	close(in[1]);
	close(out[0]);
	arguments[used++] = core;
	for (i = 0; protocol->options[i]; i++)
		arguments[used++] = protocol->options[i];
	execv(protocol->program, (char *const *)arguments);
	_exit(127);
}

bool server_start(struct server *server, const struct protocol *protocol, int cpu)
{
	int in[2], out[2];

	/* The servers that start later must not inherit them. */
	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC)) {
		printf("not ok %s: no pipe: %s\n", protocol->name, strerror(errno));
		return false;
	}
	server->process = fork();
	if (server->process < 0) {
		printf("not ok %s: no process: %s\n", protocol->name, strerror(errno));
		return false;
	}
	if (server->process == 0)
		become_server(protocol, cpu, in, out);
	close(in[0]);
	close(out[1]);
	server->commands = in[1];
	server->answers = out[0];
	server->description[0] = '\0';
	return true;
}

bool server_listens(struct server *server, const struct protocol *protocol)
{
	char line[LINE_BYTES];

	while (read_line(server->answers, line, sizeof(line), START_SECONDS)) {
		const char *listening = strstr(line, "listening on ");

		if (strstr(line, "backend"))
			snprintf(server->description, sizeof(server->description), "%.500s", line);
		if (listening && strrchr(listening, ':')) {
			server->port = (unsigned short)atoi(strrchr(listening, ':') + 1);
			return server->port != 0;
		}
	}
	printf("not ok %s: it did not start within %d s\n", protocol->name, START_SECONDS);
	return false;
}

static bool figure(const char *line, const char *name, unsigned long long *value)
{
	char key[64];
	const char *found;

	snprintf(key, sizeof(key), "\"%s\":", name);
	found = strstr(line, key);
	if (!found)
		return false;
	*value = strtoull(found + strlen(key), NULL, 10);
	return true;
}

/* One loop was asked for, so each figure is there once. */
bool server_figures(const struct server *server, struct figures *figures)
{
	char line[LINE_BYTES];

	if (write(server->commands, "stats\n", 6) != 6)
		return false;
	do {
		if (!read_line(server->answers, line, sizeof(line), ANSWER_SECONDS))
			return false;
		/* Else a line of its log. */
	} while (line[0] != '{');
	return figure(line, "requests", &figures->requests) &&
	       figure(line, "traps", &figures->traps) &&
	       figure(line, "submissions", &figures->submissions);
}

bool server_stop(const struct server *server)
{
	long deadline = seconds_now() + STOP_SECONDS;
	struct timespec pause = { .tv_nsec = 20000000 };
	int status;

	kill(server->process, SIGTERM);
	while (seconds_now() < deadline) {
		if (waitpid(server->process, &status, WNOHANG) == server->process)
			return WIFEXITED(status) && WEXITSTATUS(status) == 0;
		nanosleep(&pause, NULL);
	}
	kill(server->process, SIGKILL);
	waitpid(server->process, &status, 0);
	return false;
}
