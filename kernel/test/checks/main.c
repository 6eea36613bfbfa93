// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static struct check *checks;
static int report_fd = -1;

#define SKIPPED	77

void check_register(struct check *check)
{
	struct check **end = &checks;

	while (*end)
		end = &(*end)->next;
	*end = check;
}

void check_fail(const char *format, ...)
{
	char line[400];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	if (write(report_fd, line, strlen(line)) < 0)
		_exit(3);
	_exit(1);
}

void check_skip(const char *reason)
{
	if (write(report_fd, reason, strlen(reason)) < 0)
		_exit(3);
	_exit(SKIPPED);
}

bool check_on_debug_kernel(void)
{
	const char *debug = getenv("FLEXSC_DEBUG_KERNEL");

	return debug && *debug == '1';
}

int check_deadline_seconds(void)
{
	return check_on_debug_kernel() ? 120 : 20;
}

long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

void pause_briefly(void)
{
	struct timespec step = { .tv_nsec = 1000000 };

	nanosleep(&step, NULL);
}

/* Reads what the check says of its failure. Return: false at the deadline. */
static bool read_report(int fd, char *report, size_t size)
{
	long long end = now_ms() + 3000LL * check_deadline_seconds();
	size_t length = 0;

	report[0] = 0;
	for (;;) {
		struct pollfd ready = { .fd = fd, .events = POLLIN };
		ssize_t count;

		if (poll(&ready, 1, 200) <= 0) {
			if (now_ms() > end)
				return false;
			continue;
		}
		count = read(fd, report + length, size - 1 - length);
		if (count <= 0)
			return true;
		length += count;
		report[length] = 0;
	}
}

static void run_check(const struct check *check)
{
	char report[500];
	int ends[2], status, in_time;
	pid_t child;

	if (pipe(ends))
		return;
	fflush(NULL);
	child = fork();
	if (child == 0) {
		setpgid(0, 0);
		close(ends[0]);
		report_fd = ends[1];
		check->run();
		_exit(0);
	}
	close(ends[1]);
	in_time = read_report(ends[0], report, sizeof(report));
	close(ends[0]);
	if (!in_time)
		kill(-child, SIGKILL);
	/* Forever if the process cannot be reaped: then the run's limit tells. */
	waitpid(child, &status, 0);
	kill(-child, SIGKILL);
	if (in_time && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		printf("ok %s\n", check->name);
		return;
	}
	if (in_time && WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED) {
		printf("skipped %s: %s\n", check->name, report);
		return;
	}
	if (!in_time)
		printf("not ok %s: did not end, killed. %s\n", check->name, report);
	else
		printf("not ok %s: %s (status %#x)\n", check->name, report, status);
}

int main(int count, char **names)
{
	const struct check *check;
	int i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (check = checks; check; check = check->next) {
		bool wanted = count < 2;

		for (i = 1; i < count; i++)
			wanted |= strcmp(names[i], check->name) == 0;
		if (wanted)
			run_check(check);
	}
	/* The lines tell of failures; the code is for a program that broke off. */
	fflush(stdout);
	return 0;
}
