/* SPDX-License-Identifier: GPL-2.0-only */
/* What many checks begin with or wait for. */
#ifndef FIXTURES_H
#define FIXTURES_H

#include "program.h"

/* Both ends non-blocking. */
void socket_pair(int ends[2]);
/* The entry waits, and no thread does. */
void wait_armed(struct program *program, unsigned int count);
/* Writes until the descriptor takes no more. */
void fill_socket(int fd);
/* 0 or the errno of FLEXSC_IOC_RUN. */
int run_errno(struct program *program, struct flexsc_run run);

#endif /* FIXTURES_H */
