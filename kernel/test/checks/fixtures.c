// SPDX-License-Identifier: GPL-2.0-only
#include "fixtures.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

void socket_pair(int ends[2])
{
	EXPECT_EQUAL(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends));
}

void make_pipe(int ends[2], int flags)
{
	EXPECT_EQUAL(0, pipe2(ends, flags));
}

void write_byte(int fd)
{
	EXPECT_EQUAL(1, write(fd, "x", 1));
}

void read_byte(int fd)
{
	char byte;

	EXPECT_EQUAL(1, read(fd, &byte, 1));
}

void fill_up(int fd)
{
	char block[4096] = { 0 };

	while (write(fd, block, sizeof(block)) > 0)
		;
	EXPECT_EQUAL(EAGAIN, errno);
}

void drain(int fd)
{
	char block[4096];

	while (read(fd, block, sizeof(block)) > 0)
		;
}

void submit_read(struct program *program, __u32 index, int flags, int fd, void *buffer, int bytes)
{
	submit(program, index, flags, CALL(SYS_read, fd, (long)buffer, bytes));
}

void submit_cancel(struct program *program, __u32 index, __u32 target)
{
	submit(program, index, 0, CALL(FLEXSC_NR_CANCEL, token(program, target)));
}

void block_thread(struct program *program, __u32 index, int ends[2], char *byte)
{
	__u32 before = program->control->blocked_threads;

	make_pipe(ends, 0);
	submit_read(program, index, 0, ends[0], byte, 1);
	wait_blocked(program, before + 1);
}

void wait_blocked(struct program *program, __u32 count)
{
	EVENTUALLY(program->control->blocked_threads == count);
}

void wait_armed(struct program *program, unsigned int count)
{
	EVENTUALLY(stats(program).polled >= count);
	EXPECT_EQUAL(0, program->control->blocked_threads);
}

void cancel_running(struct program *program, __u32 index, __u32 with)
{
	submit_cancel(program, with, index);
	finish_both(program, index, with);
	EXPECT_EQUAL(-EALREADY, program->entries[with].result);
}

unsigned long blocked_signals(int tid)
{
	char path[64], text[2048] = "", *line;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/status", tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	EXPECT(fd >= 0);
	EXPECT(read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	line = strstr(text, "SigBlk:");
	EXPECT(line);
	return strtoul(line + strlen("SigBlk:"), NULL, 16);
}

void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	EXPECT(fd >= 0);
	EXPECT_EQUAL((long)strlen(text), write(fd, text, strlen(text)));
	close(fd);
}

void set_limit(int resource, unsigned long value)
{
	struct rlimit limit = { value, value };

	EXPECT_EQUAL(0, setrlimit(resource, &limit));
}

void become_user(void)
{
	static const char path[] = "/tmp/flexsc-for-users";
	struct stat device;

	EXPECT_EQUAL(0, stat(FLEXSC_DEVICE_PATH, &device));
	unlink(path);
	EXPECT_EQUAL(0, mknod(path, S_IFCHR | 0600, device.st_rdev));
	EXPECT_EQUAL(0, chown(path, CHECK_USER, CHECK_USER));
	device_path = path;
	EXPECT_EQUAL(0, setgid(CHECK_USER));
	EXPECT_EQUAL(0, setuid(CHECK_USER));
}

int run_errno(struct program *program, struct flexsc_run run)
{
	return ioctl(program->fd, FLEXSC_IOC_RUN, &run) ? errno : 0;
}

void stop(struct program *program)
{
	EXPECT_EQUAL(0, ioctl(program->fd, FLEXSC_IOC_STOP));
}

pthread_t start_helper(void *(*function)(void *), void *argument)
{
	pthread_t thread;

	EXPECT_EQUAL(0, pthread_create(&thread, NULL, function, argument));
	return thread;
}

void join(pthread_t thread)
{
	EXPECT_EQUAL(0, pthread_join(thread, NULL));
}

int thread_result(const struct program_thread *thread)
{
	join(thread->thread);
	return thread->result;
}

int wait_change(pid_t child, int options)
{
	int status;

	EXPECT_EQUAL(child, waitpid(child, &status, options));
	return status;
}

int wait_status(pid_t child)
{
	return wait_change(child, 0);
}
