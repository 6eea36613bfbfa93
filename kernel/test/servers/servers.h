/* SPDX-License-Identifier: GPL-2.0-only */
/* The servers suite: .NET servers on the module, and clients that check every answer. */
#ifndef SERVERS_H
#define SERVERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define MESSAGE_BYTES	512

/* What one server is asked and must answer. */
struct protocol {
	const char *name;
	const char *program;
	const char *options[3];	/* of its own, ended by NULL */
	/* Writes request number @round of connection @connection; returns its bytes. */
	size_t (*request)(char *target, unsigned int connection, unsigned int round);
	/*
	 * Looks at what has come in answer to that request: bytes of a complete
	 * right answer, 0 when more must come, -1 when it is wrong.
	 */
	ssize_t (*check)(const char *answer, size_t bytes, unsigned int connection,
			 unsigned int round);
};

struct server {
	pid_t process;
	int commands;		/* its standard input */
	int answers;		/* its standard output */
	unsigned short port;
	char description[MESSAGE_BYTES];
};

/* The counters a server prints for a line "stats". */
struct figures {
	unsigned long long requests;
	unsigned long long traps;
	unsigned long long submissions;
};

/* Each says why and returns false when something is wrong. */
bool server_start(struct server *server, const struct protocol *protocol, int cpu);
/* Waits until it does. */
bool server_listens(struct server *server, const struct protocol *protocol);
bool server_figures(const struct server *server, struct figures *figures);
bool server_stop(const struct server *server);
bool load_run(const struct protocol *protocol, unsigned short port, unsigned int connections,
	      unsigned int rounds);

#endif /* SERVERS_H */
