// SPDX-License-Identifier: MIT
/*
 * example_echo.c - the accept/read example of the libflexsc slides as a whole
 * program: accept, read, write back, close, all through the syscall page.
 *
 *	example_echo [port [connections]]
 *
 * Listens on 127.0.0.1 (port 0: any, printed) and ends after so many
 * connections (0: never). On the slides the callback of the read lies on the
 * stack of the function that submits it, which has returned when the read ends;
 * here each connection has its own memory, given back in the last callback.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flexsc.h"

#define BUFFER_BYTES		4096
#define MAX_CONNECTIONS		256
#define BACKLOG			128
#define PAGES			8	/* an entry for each connection, and the accept */

struct server {
	struct flexsc_cb	accept_cb;
	int			listener;
	bool			accepting;
	unsigned int		open;
	unsigned long		accepted;
	unsigned long		limit;	/* 0: none */
};

struct connection {
	struct flexsc_cb	cb;	/* one call at a time is in flight */
	struct server		*server;
	int			fd;
	size_t			filled;
	size_t			written;
	char			buffer[BUFFER_BYTES];
};

static void handle_accept(struct flexsc_cb *cb);
static void handle_read(struct flexsc_cb *cb);
static void handle_write(struct flexsc_cb *cb);

static void accept_next(struct server *server, struct flexsc *flexsc)
{
	if (server->accepting || server->open == MAX_CONNECTIONS ||
	    (server->limit && server->accepted == server->limit))
		return;
	server->accept_cb.callback = handle_accept;
	server->accept_cb.arg = server;
	server->accepting = !flexsc_accept(flexsc, &server->accept_cb, server->listener, NULL, NULL,
					   SOCK_NONBLOCK | SOCK_CLOEXEC);
}

static void handle_close(struct flexsc_cb *cb)
{
	struct connection *connection = cb->arg;
	struct server *server = connection->server;
	struct flexsc *flexsc = cb->flexsc;

	free(connection);
	server->open--;
	accept_next(server, flexsc);
}

static void close_connection(struct connection *connection, struct flexsc *flexsc)
{
	connection->cb.callback = handle_close;
	if (!flexsc_close(flexsc, &connection->cb, connection->fd))
		return;
	/* The page set is being destroyed: the ordinary call does it. */
	close(connection->fd);
	connection->cb.flexsc = flexsc;
	handle_close(&connection->cb);
}

static void read_next(struct connection *connection, struct flexsc *flexsc)
{
	connection->cb.callback = handle_read;
	if (flexsc_read(flexsc, &connection->cb, connection->fd, connection->buffer, BUFFER_BYTES))
		close_connection(connection, flexsc);
}

static void write_rest(struct connection *connection, struct flexsc *flexsc)
{
	connection->cb.callback = handle_write;
	if (flexsc_write(flexsc, &connection->cb, connection->fd,
			 connection->buffer + connection->written,
			 connection->filled - connection->written))
		close_connection(connection, flexsc);
}

static void handle_accept(struct flexsc_cb *cb)
{
	struct server *server = cb->arg;
	struct flexsc *flexsc = cb->flexsc;
	struct connection *connection;

	server->accepting = false;
	if (cb->ret < 0) {
		fprintf(stderr, "accept: %s\n", strerror(-cb->ret));
		return;
	}
	connection = calloc(1, sizeof(*connection));
	if (!connection) {
		close(cb->ret);
	} else {
		server->open++;
		server->accepted++;
		connection->server = server;
		connection->fd = cb->ret;
		connection->cb.arg = connection;
		read_next(connection, flexsc);
	}
	accept_next(server, flexsc);
}

static void handle_read(struct flexsc_cb *cb)
{
	struct connection *connection = cb->arg;

	if (cb->ret <= 0) {
		close_connection(connection, cb->flexsc);
		return;
	}
	connection->filled = cb->ret;
	connection->written = 0;
	write_rest(connection, cb->flexsc);
}

static void handle_write(struct flexsc_cb *cb)
{
	struct connection *connection = cb->arg;

	if (cb->ret < 0) {
		close_connection(connection, cb->flexsc);
		return;
	}
	connection->written += cb->ret;
	if (connection->written < connection->filled)
		write_rest(connection, cb->flexsc);
	else
		read_next(connection, cb->flexsc);
}

static int listen_on(unsigned int port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t bytes = sizeof(address);
	int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, BACKLOG) ||
	    getsockname(fd, (struct sockaddr *)&address, &bytes)) {
		fprintf(stderr, "listen on 127.0.0.1:%u: %s\n", port, strerror(errno));
		exit(EXIT_FAILURE);
	}
	printf("listening on 127.0.0.1:%u\n", ntohs(address.sin_port));
	fflush(stdout);
	return fd;
}

int main(int argc, char **argv)
{
	struct flexsc_config config = { .pages = PAGES };
	struct server server = { 0 };
	struct flexsc_counts counts;
	struct flexsc_stats stats;
	struct flexsc *flexsc;
	int error;

	server.limit = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	error = flexsc_create(&flexsc, &config);
	if (error) {
		fprintf(stderr, "%s (%s)\n", flexsc_remedy(error), strerror(-error));
		return EXIT_FAILURE;
	}
	server.listener = listen_on(argc > 1 ? strtoul(argv[1], NULL, 10) : 0);
	accept_next(&server, flexsc);
	error = flexsc_loop(flexsc);
	if (error)
		fprintf(stderr, "flexsc_loop: %s\n", strerror(-error));

	counts = flexsc_counts(flexsc);
	if (!flexsc_stats(flexsc, &stats))
		printf("%lu connections, %llu calls through the page, %llu made by the kernel, "
		       "%llu ioctls, %llu syscall threads\n", server.accepted,
		       (unsigned long long)counts.submitted, (unsigned long long)stats.executed,
		       (unsigned long long)counts.ioctls, (unsigned long long)counts.threads);
	close(server.listener);
	return flexsc_destroy(flexsc) || error ? EXIT_FAILURE : EXIT_SUCCESS;
}
