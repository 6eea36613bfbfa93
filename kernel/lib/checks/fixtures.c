// SPDX-License-Identifier: MIT
/* fixtures.c - what several checks begin with. */
#define _GNU_SOURCE

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

void see(struct flexsc_cb *cb)
{
	struct seen *seen = cb->arg;

	seen->count++;
	seen->ret = cb->ret;
}

struct seen *new_seen(unsigned int count)
{
	struct seen *seen = calloc(count, sizeof(*seen));

	EXPECT(seen);
	for (unsigned int i = 0; i < count; i++) {
		seen[i].cb.callback = see;
		seen[i].cb.arg = &seen[i];
	}
	return seen;
}

struct flexsc *create(const struct flexsc_config *config)
{
	struct flexsc *flexsc;
	int error = flexsc_create(&flexsc, config);

	if (error)
		fail("flexsc_create: %s: %s", strerror(-error), flexsc_remedy(error));
	return flexsc;
}

void make_pipe(int fds[2], int flags)
{
	EXPECT_EQUAL(pipe2(fds, O_CLOEXEC | flags), 0);
}

void turn_until(struct flexsc *flexsc, const struct seen *seen)
{
	while (!seen->count)
		EXPECT(flexsc_turn(flexsc, 1, NS_PER_S) >= 0);
}
