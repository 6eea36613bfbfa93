/* SPDX-License-Identifier: GPL-2.0-only */
/* What many checks begin with, or wait for; each ends the check if it fails. */
#ifndef FIXTURES_H
#define FIXTURES_H

#include <sys/types.h>

#include "program.h"

/* A user, and a group, without privileges. */
#define CHECK_USER	1000

/* Both ends non-blocking. */
void socket_pair(int ends[2]);
/* flags: as for pipe2(); 0 is a pipe whose reader blocks. */
void make_pipe(int ends[2], int flags);
void write_byte(int fd);
void read_byte(int fd);
/* Writes until the descriptor takes no more. */
void fill_up(int fd);
/* Reads until there is no more. */
void drain(int fd);

void submit_read(struct program *program, __u32 index, int flags, int fd, void *buffer, int bytes);
/* Submits at index the cancelling of what runs or waits at target. */
void submit_cancel(struct program *program, __u32 index, __u32 target);
/* Makes a pipe and has a thread wait inside a read of one byte from it. */
void block_thread(struct program *program, __u32 index, int ends[2], char *byte);
/* So many threads wait inside a call. */
void wait_blocked(struct program *program, __u32 count);
/* So many times an entry has been put aside to wait, and no thread waits. */
void wait_armed(struct program *program, unsigned int count);

/* Cancels the entry, which a thread executes, and takes both completions. */
void cancel_running(struct program *program, __u32 index, __u32 with);
/* The signals that a thread of this process blocks. */
unsigned long blocked_signals(int tid);
void write_text(const char *path, const char *text);
void set_limit(int resource, unsigned long value);
/* The check goes on as CHECK_USER, who may open the device. */
void become_user(void);

/* 0 or the errno of FLEXSC_IOC_RUN, made by the caller. */
int run_errno(struct program *program, struct flexsc_run run);
void stop(struct program *program);
pthread_t start_helper(void *(*function)(void *), void *argument);
void join(pthread_t thread);
/* Waits for its end. Return: 0 or the errno of its RUN. */
int thread_result(const struct program_thread *thread);
/* The status as of waitpid(). */
int wait_change(pid_t child, int options);
int wait_status(pid_t child);

#endif /* FIXTURES_H */
